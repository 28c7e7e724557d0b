#pragma once

#include <cstdint>

namespace weir {

/// Milliseconds since 1970-01-01T00:00:00Z, the time of samples. May be negative in arithmetic, never in
/// stored data.
using TimestampMs = int64_t;

inline constexpr int64_t kMinuteMs = 60'000;
inline constexpr int64_t kHourMs = 3'600'000;

/// The largest multiple of `step_ms`, which is positive, at or before `time`.
constexpr TimestampMs floor_to(TimestampMs time, int64_t step_ms) {
  const TimestampMs rest = time % step_ms;
  return time - (rest < 0 ? rest + step_ms : rest);
}

/// The smallest multiple of `step_ms`, which is positive, at or after `time`.
constexpr TimestampMs ceil_to(TimestampMs time, int64_t step_ms) {
  return -floor_to(-time, step_ms);
}

}  // namespace weir
