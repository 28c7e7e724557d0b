#pragma once

#include "base/time.h"

namespace weir::store::timescale {

/// The times that are stored: those that every client of PostgreSQL can print.
inline constexpr TimestampMs kTimeMinMs = 0;
inline constexpr TimestampMs kTimeMaxMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z

}  // namespace weir::store::timescale
