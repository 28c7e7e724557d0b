#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/sample.h"
#include "store/store.h"

namespace weir::store {

inline bool is_better(WindowReduction::Kind kind, double a, double b) {
  return kind == WindowReduction::Kind::kMax ? a > b : a < b;
}

/// What store.h promises of a reduction, by looking at every sample in every window: nothing for a window
/// without samples, stale markers aside; NaN if all are; else their extreme.
inline std::vector<std::optional<double>> window_extremes(const WindowReduction& reduction,
                                                          const SampleColumns& samples) {
  std::vector<std::optional<double>> out;
  for (size_t step = 0; step < reduction.count; ++step) {
    const TimestampMs end = reduction.first_end_ms + static_cast<int64_t>(step) * reduction.step_ms;
    std::optional<double> found;
    for (size_t i = 0; i < samples.size(); ++i) {
      const TimestampMs at = samples.timestamps_ms[i];
      const double value = samples.values[i];
      if (at > end || at <= end - reduction.range_ms || is_stale(value)) continue;
      if (!found || std::isnan(*found) || is_better(reduction.kind, value, *found)) found = value;
    }
    out.push_back(found);
  }
  return out;
}

/// The same as text, which makes NaN equal to NaN, and failures easy to read.
inline std::string window_extremes_text(const WindowReduction& reduction, const SampleColumns& samples) {
  std::string out = fmt::format(
      "{}(end {} + {} x {}, range {}):", reduction.kind == WindowReduction::Kind::kMax ? "max" : "min",
      reduction.first_end_ms, reduction.count, reduction.step_ms, reduction.range_ms);
  for (const auto& value : window_extremes(reduction, samples)) {
    if (!value) {
      out += " none";
    } else if (std::isnan(*value)) {
      out += " NaN";
    } else {
      out += fmt::format(" {}", *value == 0 ? 0 : *value);
    }
  }
  return out;
}

/// The times that the windows cover.
inline TimeRange range_of(const WindowReduction& reduction) {
  return {reduction.first_end_ms - reduction.range_ms + 1,
          reduction.first_end_ms + static_cast<int64_t>(reduction.count - 1) * reduction.step_ms};
}

}  // namespace weir::store
