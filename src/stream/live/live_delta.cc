#include "stream/live/live_delta.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace weir::stream {

namespace {

// A frame has numbers alone.
void drop_histograms(SampleColumns& points) {
  if (points.histograms.empty()) return;
  size_t kept = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    if (points.histogram(i) != nullptr) continue;
    points.timestamps_ms[kept] = points.timestamps_ms[i];
    points.values[kept++] = points.values[i];
  }
  points.histograms.clear();
  points.truncate(kept);
}

/// Brings a history down to so many values on its grid.
void keep_newest(LiveHistory& history, size_t values_max) {
  if (history.points.empty()) return;
  const auto rows = static_cast<size_t>((history.end_ms - history.start_ms) / history.step_ms + 1);
  const size_t rows_max = std::max<size_t>(1, values_max / history.points.size());
  if (rows <= rows_max) return;
  history.start_ms += static_cast<int64_t>(rows - rows_max) * history.step_ms;
  history.truncated = true;
  for (SampleColumns& points : history.points) {
    const auto first =
        std::lower_bound(points.timestamps_ms.begin(), points.timestamps_ms.end(), history.start_ms);
    points.values.erase(points.values.begin(),
                        points.values.begin() + (first - points.timestamps_ms.begin()));
    points.timestamps_ms.erase(points.timestamps_ms.begin(), first);
  }
}

}  // namespace

Result<uint32_t> LiveDelta::index_of(const Labels& labels, std::vector<Labels>& new_series) {
  const auto [it, inserted] =
      indexes_.try_emplace(labels.view().bytes(), static_cast<uint32_t>(known_.size()));
  if (!inserted) return it->second;
  if (known_.size() >= series_max_) {
    indexes_.erase(it);
    return resource_exhausted(
        fmt::format("live query: more than {} series, the limit of a subscription", series_max_));
  }
  known_.emplace_back();
  new_series.push_back(labels);
  return static_cast<uint32_t>(known_.size() - 1);
}

Result<LiveFrame> LiveDelta::next(TimestampMs at_ms, const std::vector<query::ResultSeries>& result) {
  LiveFrame frame;
  frame.seq = ++seq_;
  frame.at_ms = at_ms;
  std::vector<std::pair<uint32_t, double>> changes;
  for (const query::ResultSeries& series : result) {
    if (series.points.size() == 0 || series.points.histogram(series.points.size() - 1) != nullptr) continue;
    ASSIGN_OR_RETURN(const uint32_t index, index_of(series.labels, frame.new_series));
    const double value = series.points.values.back();
    Known& known = known_[index];
    if (!known.present || known.bits != std::bit_cast<uint64_t>(value)) changes.emplace_back(index, value);
    known = {true, std::bit_cast<uint64_t>(value), seq_};
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [index, value] : changes) {
    frame.changed.push_back(index);
    frame.values.push_back(value);
  }
  for (uint32_t index = 0; index < known_.size(); ++index) {
    if (!known_[index].present || known_[index].seen_in == seq_) continue;
    known_[index].present = false;
    frame.gone.push_back(index);
  }
  return frame;
}

Result<LiveHistory> LiveDelta::history(const query::Engine::Range& range,
                                       std::vector<query::ResultSeries> result) {
  LiveHistory history;
  history.start_ms = range.start_ms;
  history.end_ms = range.end_ms;
  history.step_ms = range.step_ms;
  for (query::ResultSeries& series : result) {
    drop_histograms(series.points);
    if (series.points.size() == 0) continue;
    RETURN_IF_ERROR(index_of(series.labels, history.new_series));
    history.points.push_back(std::move(series.points));
  }
  keep_newest(history, history_values_max_);
  return history;
}

}  // namespace weir::stream
