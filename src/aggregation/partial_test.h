#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "aggregation/partial.h"

/// What the tests of partials share.
namespace weir::aggregation {

inline constexpr int64_t kLength_ms = 60'000;

/// An output without label and quantile.
inline Output output(OutputKind kind) {
  return {kind, "", 0};
}

/// Has every kind of output.
inline Definition all_outputs() {
  Definition definition;
  for (int kind = 0; kind <= static_cast<int>(OutputKind::kDistinct); ++kind) {
    definition.outputs.push_back(output(static_cast<OutputKind>(kind)));
  }
  definition.outputs.push_back({OutputKind::kDistinct, "user", 0});
  definition.outputs.push_back({OutputKind::kDistinct, "host", 0});
  for (const double q : {0.0, 0.5, 0.99, 1.0}) definition.outputs.push_back({OutputKind::kQuantile, "", q});
  return definition;
}

/// A series of a group in a window. `before`: as Partial::add_series.
struct GroupSeries {
  Labels labels;
  std::optional<double> before;
  std::vector<TimestampMs> times_ms;
  std::vector<double> values;
};

/// Adds what a series has in (begin_ms, end_ms].
inline void add_stretch(Partial& partial, const Partial::Needs& needs, const GroupSeries& series,
                        TimestampMs begin_ms, TimestampMs end_ms) {
  const auto& times = series.times_ms;
  const auto at = [&](TimestampMs time) {
    return static_cast<size_t>(std::upper_bound(times.begin(), times.end(), time) - times.begin());
  };
  const size_t begin = at(begin_ms);
  const size_t count = at(end_ms) - begin;
  partial.add_series(needs, series.labels, begin > 0 ? series.values[begin - 1] : series.before,
                     std::span(times).subspan(begin, count), std::span(series.values).subspan(begin, count));
}

/// What a group has there, its series in ascending order of labels.
inline Partial partial_of(const Partial::Needs& needs, const std::vector<GroupSeries>& group,
                          TimestampMs begin_ms, TimestampMs end_ms) {
  Partial partial(needs);
  for (const GroupSeries& series : group) add_stretch(partial, needs, series, begin_ms, end_ms);
  return partial;
}

}  // namespace weir::aggregation
