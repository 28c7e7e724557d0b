#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

/// Durations, sizes and numbers as people write them, in settings and on the command line. Pure. Every error
/// is kInvalidArgument and says what is expected.
namespace weir::config {

/// "500ms", "5m", "1h30m", "7d": whole numbers with units from y (365 d), w, d, h, m, s, ms, the larger ones
/// first, each at most once; "0" needs no unit. At most 292 years.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "64MiB", "1GiB" (powers of 1024), "5MB" (powers of 1000), "4096" or "4096B".
Result<uint64_t> parse_size(std::string_view text);

/// "10000".
Result<uint64_t> parse_count(std::string_view text);

/// "on", "off", "true", "false", "yes", "no".
Result<bool> parse_switch(std::string_view text);

/// The shortest text that `parse_duration` reads back: "1h30m", "0s".
std::string format_duration(std::chrono::milliseconds duration);

/// Text that `parse_size` reads back, in the largest binary unit that divides it: "64MiB", "1500B".
std::string format_size(uint64_t bytes);

}  // namespace weir::config
