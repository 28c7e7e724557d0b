#pragma once

#include <vector>

#include "base/time.h"

namespace weir::notify {

/// Hours, days, months and years, in UTC: one item of Alertmanager's `time_intervals`. What is empty is not
/// looked at.
struct TimeInterval {
  /// From `first` to `last`, which belongs to it.
  struct Range {
    int first = 0;
    int last = 0;
  };
  std::vector<Range> minutes;        ///< Of the day, 0 to 1,439.
  std::vector<Range> weekdays;       ///< 0, Sunday, to 6.
  std::vector<Range> days_of_month;  ///< From 1, or from the month's end: -1 is its last day.
  std::vector<Range> months;         ///< From 1.
  std::vector<Range> years;

  bool contains(TimestampMs at_ms) const;
};

/// Whether one of them contains the time.
bool any_contains(const std::vector<TimeInterval>& intervals, TimestampMs at_ms);

}  // namespace weir::notify
