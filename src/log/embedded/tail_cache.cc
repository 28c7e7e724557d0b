#include "log/embedded/tail_cache.h"

#include <algorithm>
#include <utility>

namespace weir::log::embedded {

void TailCache::add(std::shared_ptr<const std::string> bytes, const std::vector<FrameRecord>& records,
                    std::span<const BatchSlicePtr> decoded) {
  Commit commit{bytes->size() + records.size() * (sizeof(CachedRecord) + sizeof(PartitionId)), {}};
  commit.partitions.reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    commit.partitions.push_back(records[i].partition);
    partitions_[records[i].partition.value()].push_back({records[i], bytes, decoded[i]});
  }
  size_bytes_ += commit.cost_bytes;
  commits_.push_back(std::move(commit));
  while (size_bytes_ > bytes_max_ && !commits_.empty()) drop_oldest();
}

bool TailCache::read(PartitionId partition, Offset offset, size_t bytes_max, std::vector<CachedRecord>& out) {
  std::deque<CachedRecord>& records = partitions_[partition.value()];
  if (records.empty() || records.front().record.offset > offset) return false;
  auto at = std::lower_bound(
      records.begin(), records.end(), offset,
      [](const CachedRecord& cached, Offset wanted) { return cached.record.offset < wanted; });
  if (at == records.end()) return false;
  size_t bytes = 0;
  do {
    bytes += at->record.payload.size();
    out.push_back({at->record, at->bytes, std::exchange(at->decoded, nullptr)});
    ++at;
  } while (at != records.end() && bytes + at->record.payload.size() <= bytes_max);
  return true;
}

void TailCache::drop_oldest() {
  for (PartitionId partition : commits_.front().partitions) partitions_[partition.value()].pop_front();
  size_bytes_ -= commits_.front().cost_bytes;
  commits_.pop_front();
}

}  // namespace weir::log::embedded
