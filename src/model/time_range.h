#pragma once

#include <limits>

#include "base/time.h"

namespace weir {

/// The closed interval [mint_ms, maxt_ms]; empty when mint_ms > maxt_ms.
struct TimeRange {
  TimestampMs mint_ms = 0;
  TimestampMs maxt_ms = 0;

  static TimeRange all() { return {0, std::numeric_limits<TimestampMs>::max()}; }
  bool contains(TimestampMs t) const { return mint_ms <= t && t <= maxt_ms; }
  bool overlaps(const TimeRange& other) const { return mint_ms <= other.maxt_ms && other.mint_ms <= maxt_ms; }
  bool operator==(const TimeRange&) const = default;
};

}  // namespace weir
