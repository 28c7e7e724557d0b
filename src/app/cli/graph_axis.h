#pragma once

#include <string>
#include <vector>

#include "base/time.h"

/// The axes of a chart in a terminal. Pure.
namespace weir::app::cli {

/// The axis of values: labels at equal distances, the first at the bottom and the last at the top, which
/// enclose all values.
struct ValueAxis {
  double low = 0;
  double high = 1;                  ///< More than `low`.
  std::vector<std::string> labels;  ///< From the bottom up, of round numbers: "1.5M".

  /// Where a value between the ends stands: 0 at the bottom, 1 at the top.
  double share(double value) const;
};

/// For finite values from `low` to `high`, with `intervals` between the labels, 1 or more.
ValueAxis value_axis(double low, double high, size_t intervals);

/// A mark of the axis of times.
struct TimeTick {
  size_t column = 0;
  std::string label;  ///< "12:30", "12:30:15", or the day "05-01"; in UTC.
};

/// Round times inside [start_ms, end_ms], the ends standing at the first and the last of `columns`, as far
/// apart as their labels need. Ascending.
std::vector<TimeTick> time_ticks(TimestampMs start_ms, TimestampMs end_ms, size_t columns);

}  // namespace weir::app::cli
