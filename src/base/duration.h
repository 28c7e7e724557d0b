#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace weir {

/// Milliseconds of a duration in Prometheus' form: "1h30m", "500ms", "0"; units y w d h m s ms, each at most
/// once and in descending order. kInvalidArgument names the text and what is wrong.
Result<int64_t> parse_duration(std::string_view text);

/// The shortest text that `parse_duration` reads back: 5400000 is "1h30m", 0 is "0s".
std::string format_duration(int64_t duration_ms);

/// A point in time as Prometheus' HTTP API takes it: seconds since 1970 with decimals ("1700000000.5"), or
/// RFC 3339 ("2024-01-02T03:04:05.678Z", "...+01:00"). kInvalidArgument names the text.
Result<TimestampMs> parse_time(std::string_view text);

/// RFC 3339 in UTC with milliseconds.
std::string format_time(TimestampMs timestamp_ms);

}  // namespace weir
