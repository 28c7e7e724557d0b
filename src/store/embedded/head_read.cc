#include <algorithm>

#include <fmt/format.h>

#include "store/embedded/head_shard.h"

namespace weir::store::embedded {

Status HeadShard::select(TenantId tenant, std::span<const Matcher> matchers, const TimeRange& range,
                         uint64_t series_max, std::vector<HeadSeriesView>& out) const {
  std::lock_guard lock(mutex_);
  const auto index = tenants_.find(tenant);
  if (index == tenants_.end()) return {};
  uint64_t selected = 0;
  for (const uint32_t number : match_series(*index->second, matchers)) {
    const HeadSeries& series = index->second->series(number);
    if (!in_range(series, range)) continue;
    if (++selected > series_max)
      return resource_exhausted(fmt::format("select: more than {} series match", series_max));
    add_windows(series, range,
                out.emplace_back(HeadSeriesView{tenant, index->second->pool(), series.labels, {}}));
  }
  return {};
}

Status HeadShard::read_exemplars(TenantId tenant, const ExemplarRequest& request,
                                 FoundExemplars& found) const {
  std::lock_guard lock(mutex_);
  const auto index = tenants_.find(tenant);
  if (index == tenants_.end() || exemplar_bytes_ == 0) return {};
  std::string labels;
  for (const uint32_t number : match_any(*index->second, request.selectors)) {
    for (const SeriesWindow& window : index->second->series(number).windows) {
      if (window.exemplars().empty() || !request.range.overlaps(window_range(window.start_ms()))) continue;
      labels.clear();
      index->second->append_labels(number, labels);
      RETURN_IF_ERROR(found.add(LabelsView(labels), window.exemplars()));
    }
  }
  return {};
}

uint64_t HeadShard::newest_change(TenantId tenant, const TimeRange& range) const {
  std::lock_guard lock(mutex_);
  const auto versions = versions_.find(tenant);
  return versions == versions_.end() ? 0 : versions->second.newest(range);
}

void HeadShard::add_windows(const HeadSeries& series, const TimeRange& range, HeadSeriesView& view) const {
  for (const bool frozen : {true, false}) {
    for (const SeriesWindow& window : series.windows) {
      if (window.frozen() == frozen && range.overlaps(window_range(window.start_ms())))
        view.windows.push_back(window.view());
    }
  }
}

bool HeadShard::in_range(const HeadSeries& series, const TimeRange& range) const {
  return std::any_of(series.windows.begin(), series.windows.end(), [&](const SeriesWindow& window) {
    return range.overlaps(window_range(window.start_ms()));
  });
}

void HeadShard::read_index(
    TenantId tenant, const LabelRequest& request,
    absl::FunctionRef<void(const LabelIndex&, const std::optional<Postings>&)> read) const {
  std::lock_guard lock(mutex_);
  const auto at = tenants_.find(tenant);
  if (at == tenants_.end()) return;
  const HeadIndex& index = *at->second;
  const bool all_times = std::all_of(open_.begin(), open_.end(), [&](const auto& entry) {
    return request.range.contains(entry.second.samples_range.mint_ms) &&
           request.range.contains(entry.second.samples_range.maxt_ms);
  });
  if (request.matchers.empty() && all_times && frozen_.empty()) return read(index, std::nullopt);
  Postings series = match_series(index, request.matchers);
  std::erase_if(series, [&](uint32_t number) { return !in_range(index.series(number), request.range); });
  read(index, std::move(series));
}

HeadStats HeadShard::stats() const {
  std::lock_guard lock(mutex_);
  HeadStats stats;
  for (const auto& [tenant, index] : tenants_) stats.series += index->series_count();
  stats.size_bytes = size_bytes();
  for (const Windows* windows : {&open_, &frozen_}) {
    for (const auto& [start_ms, window] : *windows) {
      if (window.sample_count == 0) continue;  // exemplars alone
      const TimeRange& range = window.samples_range;
      if (!stats.range) stats.range = range;
      stats.range->mint_ms = std::min(stats.range->mint_ms, range.mint_ms);
      stats.range->maxt_ms = std::max(stats.range->maxt_ms, range.maxt_ms);
      stats.samples += window.sample_count;
    }
  }
  return stats;
}

}  // namespace weir::store::embedded
