#pragma once

#include "base/time.h"

namespace weir::store::timescale {

/// The times that are stored: those that every client of PostgreSQL can print.
inline constexpr TimestampMs kTimeMinMs = 0;
inline constexpr TimestampMs kTimeMaxMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z

inline constexpr int64_t kHourMs = 3'600'000;

/// The largest multiple of `step_ms` at or before `time`.
constexpr TimestampMs floor_to(TimestampMs time, int64_t step_ms) {
  const TimestampMs rest = time % step_ms;
  return time - (rest < 0 ? rest + step_ms : rest);
}

}  // namespace weir::store::timescale
