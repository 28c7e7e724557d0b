#include <algorithm>

#include "store/embedded/head_shard.h"

namespace weir::store::embedded {

void HeadShard::erase(const Deletion& deletion, absl::flat_hash_set<uint64_t>& hashes) {
  std::lock_guard lock(mutex_);
  remember({std::make_shared<const Deletion>(deletion), deletion.applied[partition_.value()]});
  const auto tenant = tenants_.find(deletion.tenant);
  if (tenant == tenants_.end()) return;
  HeadIndex& index = *tenant->second;
  std::vector<Window*> thinned;
  std::string labels;
  for (const uint32_t number : match_series(index, deletion.matchers)) {
    if (!erase_from(index.series(number), deletion.range, thinned)) continue;
    labels.clear();
    index.append_labels(number, labels);
    hashes.insert(series_hash(deletion.tenant, LabelsView(labels)));
  }
  forget_emptied(std::move(thinned));
  drop_idle(tenant);
  publish_size();
}

// `thinned` gets the windows that have lost the series.
bool HeadShard::erase_from(HeadSeries& series, const TimeRange& range, std::vector<Window*>& thinned) {
  bool any = false;
  for (SeriesWindow& samples : series.windows) {
    if (!range.overlaps(window_range(samples.start_ms()))) continue;
    Window& window = (samples.frozen() ? frozen_ : open_).at(samples.start_ms());
    const size_t before = samples.sample_count();
    const size_t exemplars = samples.exemplars().size();
    const size_t exemplar_bytes = samples.exemplars().capacity_bytes();
    window.size_bytes += static_cast<uint64_t>(samples.erase(range));
    window.sample_count -= before - samples.sample_count();
    const size_t freed = exemplar_bytes - samples.exemplars().capacity_bytes();
    window.exemplar_bytes -= freed;
    exemplar_bytes_ -= freed;
    any = any || samples.sample_count() < before || samples.exemplars().size() < exemplars;
    if (!samples.empty()) continue;
    window.size_bytes -= sizeof(SeriesWindow) + sizeof(HeadSeries*);
    thinned.push_back(&window);
  }
  auto& windows = series.windows;
  windows.erase(std::remove_if(windows.begin(), windows.end(),
                               [](const SeriesWindow& window) { return window.empty(); }),
                windows.end());
  return any;
}

// No window lists a series that has nothing there, and none is empty.
void HeadShard::forget_emptied(std::vector<Window*> thinned) {
  std::sort(thinned.begin(), thinned.end());
  thinned.erase(std::unique(thinned.begin(), thinned.end()), thinned.end());
  for (Windows* windows : {&open_, &frozen_}) {
    const bool frozen = windows == &frozen_;
    for (auto at = windows->begin(); at != windows->end();) {
      const TimestampMs start_ms = at->first;
      Window& window = at->second;
      const auto has_none = [&](const HeadSeries* series) {
        return std::none_of(series->windows.begin(), series->windows.end(), [&](const SeriesWindow& samples) {
          return samples.start_ms() == start_ms && samples.frozen() == frozen;
        });
      };
      if (std::binary_search(thinned.begin(), thinned.end(), &window)) std::erase_if(window.series, has_none);
      at = window.series.empty() ? windows->erase(at) : std::next(at);
    }
  }
}

void HeadShard::remember(Applied deletion) {
  if (deletions_.size() == kDeletionsMax) deletions_.erase(deletions_.begin());  // long in blocks, all of it
  deleted_before_ = std::max(deleted_before_, deletion.before);
  deletions_.push_back(std::move(deletion));
}

// What was deleted after the record had been applied is deleted from it again.
std::vector<TimeRange> HeadShard::deleted_of(TenantId tenant, Offset offset, LabelsView labels) const {
  std::vector<TimeRange> ranges;
  for (const Applied& applied : deletions_) {
    const Deletion& deletion = *applied.deletion;
    if (offset < applied.before && deletion.tenant == tenant && deletion.takes(labels))
      ranges.push_back(deletion.range);
  }
  return ranges;
}

}  // namespace weir::store::embedded
