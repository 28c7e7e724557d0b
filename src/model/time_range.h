#pragma once

#include <algorithm>
#include <limits>

#include "base/time.h"

namespace weir {

/// The closed interval [mint_ms, maxt_ms]; empty when mint_ms > maxt_ms.
struct TimeRange {
  TimestampMs mint_ms = 0;
  TimestampMs maxt_ms = 0;

  static TimeRange all() { return {0, std::numeric_limits<TimestampMs>::max()}; }
  bool contains(TimestampMs t) const { return mint_ms <= t && t <= maxt_ms; }
  /// Of which no time is part.
  static TimeRange none() {
    return {std::numeric_limits<TimestampMs>::max(), std::numeric_limits<TimestampMs>::min()};
  }
  /// Grows to cover the other one too, and what lies between.
  void extend(const TimeRange& other) {
    mint_ms = std::min(mint_ms, other.mint_ms);
    maxt_ms = std::max(maxt_ms, other.maxt_ms);
  }
  /// From the first time to the last; not for one that is empty.
  int64_t length_ms() const { return maxt_ms - mint_ms; }
  bool overlaps(const TimeRange& other) const { return mint_ms <= other.maxt_ms && other.mint_ms <= maxt_ms; }
  bool operator==(const TimeRange&) const = default;
};

}  // namespace weir
