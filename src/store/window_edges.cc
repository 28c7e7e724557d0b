#include "store/window_edges.h"

#include <algorithm>

namespace weir::store {

std::vector<TimestampMs> window_edges(const WindowReduction& reduction, const TimeRange& range) {
  std::vector<TimestampMs> edges = {range.mint_ms - 1, range.maxt_ms};
  const auto add = [&](TimestampMs edge) {
    if (range.mint_ms <= edge && edge < range.maxt_ms) edges.push_back(edge);
  };
  for (size_t i = 0; i < (reduction.step_ms == 0 ? 1 : reduction.count); ++i) {
    const TimestampMs end_ms = reduction.first_end_ms + static_cast<int64_t>(i) * reduction.step_ms;
    add(end_ms - reduction.range_ms);
    add(end_ms);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

}  // namespace weir::store
