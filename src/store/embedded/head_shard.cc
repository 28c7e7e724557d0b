#include "store/embedded/head_shard.h"

#include <algorithm>
#include <limits>

namespace weir::store::embedded {
namespace {

constexpr TimestampMs kLastTime = std::numeric_limits<TimestampMs>::max();

}  // namespace

HeadShard::HeadShard(PartitionId partition, TimestampMs window_ms, uint64_t exemplar_bytes_max,
                     const BlockSet& blocks)
    : partition_(partition),
      window_ms_(window_ms),
      exemplar_bytes_max_(exemplar_bytes_max),
      blocks_(blocks) {}

void HeadShard::restore(const Manifest::Partition& partition, std::span<const Deletion> deletions) {
  std::lock_guard lock(mutex_);
  epoch_ = partition.epoch;
  next_ = partition.durable;
  covered_ = partition.covered;
  for (const Deletion& deletion : deletions) {
    const Offset before = deletion.applied[partition_.value()];
    if (before > partition.durable) remember({std::make_shared<const Deletion>(deletion), before});
  }
}

void HeadShard::set_epoch(Epoch epoch) {
  std::lock_guard lock(mutex_);
  epoch_ = epoch;
}

Offset HeadShard::visible() const {
  std::lock_guard lock(mutex_);
  return next_;
}

std::vector<HeadWindowInfo> HeadShard::windows() const {
  std::lock_guard lock(mutex_);
  std::vector<HeadWindowInfo> infos;
  for (const auto& [start_ms, window] : open_) {
    infos.push_back({start_ms, window.size_bytes, window.first_write, window.last_write});
  }
  return infos;
}

void HeadShard::freeze(std::span<const TimestampMs> starts) {
  std::lock_guard lock(mutex_);
  CHECK(frozen_.empty(), "one cut at a time");
  for (const TimestampMs start_ms : starts) {
    auto node = open_.extract(start_ms);
    if (node.empty()) continue;
    node.mapped().frozen_at = next_;
    frozen_.insert(std::move(node));
  }
  visit_frozen_series([&](HeadSeries& series) {
    for (SeriesWindow& window : series.windows) {
      if (frozen_.contains(window.start_ms())) window.freeze();
    }
  });
}

// Each series once: old samples may come in hundreds of windows, and a series has a list of its own.
void HeadShard::visit_frozen_series(absl::FunctionRef<void(HeadSeries&)> visit) {
  absl::flat_hash_set<HeadSeries*> visited;
  for (auto& [start_ms, window] : frozen_) {
    for (HeadSeries* series : window.series) {
      if (frozen_.size() == 1 || visited.insert(series).second) visit(*series);
    }
  }
}

void HeadShard::append_frozen(std::vector<HeadSeriesView>& out, TimeRange& times) const {
  std::lock_guard lock(mutex_);
  if (frozen_.empty()) return;
  for (const auto& [start_ms, window] : frozen_) times.extend(window.samples_range);
  for (const auto& [tenant, index] : tenants_) {
    for (uint32_t number = 0; number < index->series_count(); ++number) {
      const HeadSeries& series = index->series(number);
      HeadSeriesView view{tenant, index->pool(), series.labels, {}};
      for (const SeriesWindow& window : series.windows) {
        if (!window.frozen()) continue;
        view.windows.push_back(window.view());
        view.exemplars.add_range(window.exemplars(), window.start_ms(), kLastTime);
      }
      if (!view.windows.empty()) out.push_back(std::move(view));
    }
  }
}

Manifest::Partition HeadShard::progress(bool frozen_in_block) const {
  std::lock_guard lock(mutex_);
  Manifest::Partition progress;
  progress.durable = next_;
  progress.covered = covered_;
  for (const auto& [start_ms, window] : open_) progress.durable = std::min(progress.durable, window.low);
  for (const auto& [start_ms, window] : frozen_) {
    if (frozen_in_block) {
      Offset& covered = progress.covered.try_emplace(start_ms, window.frozen_at).first->second;
      covered = std::max(covered, window.frozen_at);
    } else {
      progress.durable = std::min(progress.durable, window.low);
    }
  }
  std::erase_if(progress.covered, [&](const auto& entry) { return entry.second <= progress.durable; });
  return progress;
}

void HeadShard::drop_idle(Tenants::iterator tenant) {
  HeadIndex& index = *tenant->second;
  series_bytes_ -= index.size_bytes();
  index.drop_idle();
  if (index.series_count() > 0) {
    series_bytes_ += index.size_bytes();
  } else {
    tenants_.erase(tenant);
  }
}

void HeadShard::drop_frozen() {
  std::lock_guard lock(mutex_);
  if (frozen_.empty()) return;
  for (const auto& [start_ms, frozen] : frozen_) {
    exemplar_bytes_ -= frozen.exemplar_bytes;
    Offset& covered = covered_.try_emplace(start_ms, frozen.frozen_at).first->second;
    covered = std::max(covered, frozen.frozen_at);
  }
  visit_frozen_series([](HeadSeries& series) {
    auto& windows = series.windows;
    windows.erase(std::remove_if(windows.begin(), windows.end(),
                                 [](const SeriesWindow& window) { return window.frozen(); }),
                  windows.end());
  });
  frozen_.clear();
  forget_covered();
  for (auto at = tenants_.begin(); at != tenants_.end();) {
    const auto tenant = at++;
    drop_idle(tenant);
  }
  publish_size();
}

void HeadShard::publish_size() {
  uint64_t size_bytes = series_bytes_;
  for (const Windows* windows : {&open_, &frozen_}) {
    for (const auto& [start_ms, window] : *windows) size_bytes += window.size_bytes;
  }
  size_bytes_.store(size_bytes, std::memory_order_relaxed);
}

// Keeps the list short: an entry matters only while records before it may come again, which is after a
// restart from the durable offset.
void HeadShard::forget_covered() {
  Offset durable = next_;
  for (const auto& [start_ms, window] : open_) durable = std::min(durable, window.low);
  std::erase_if(covered_, [&](const auto& entry) { return entry.second <= durable; });
}

}  // namespace weir::store::embedded
