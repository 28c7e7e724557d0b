#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

/// The parts of InfluxDB's line protocol that are numbers. Pure; safe from any thread.
namespace weir::wire {

/// The unit of a body's timestamps.
enum class InfluxPrecision { kNanoseconds, kMicroseconds, kMilliseconds, kSeconds, kMinutes, kHours };

/// The unit that a `precision` parameter names: "" and "n", "ns"; "u", "us", "µ"; "ms"; "s"; "m"; "h".
/// Nothing for any other text.
std::optional<InfluxPrecision> influx_precision(std::string_view text);

/// What a field's value is by its first character.
enum class InfluxKind { kNumber, kBoolean, kString, kNone };
InfluxKind influx_kind(char first);

/// A number as the protocol writes it: an integer ("-3i", within 64 bits), an unsigned one ("3u") or a float
/// ("3", "-.5", "1.", "2.5E+10"). What is beyond a double's 53 bits is rounded to the nearest one; what is
/// too small for one is zero. Nothing for any other text: a plus sign in front, a hexadecimal, NaN and
/// infinities, or what is too large for its kind.
std::optional<double> influx_number(std::string_view text);

/// 1 of "t", "T", "true", "True", "TRUE" and 0 of "f", "F", "false", "False", "FALSE".
std::optional<double> influx_boolean(std::string_view text);

/// A timestamp, an integer with or without a minus sign, in milliseconds, rounded down. Nothing for any other
/// text, or when it does not fit.
std::optional<TimestampMs> influx_timestamp(std::string_view text, InfluxPrecision precision);

}  // namespace weir::wire
