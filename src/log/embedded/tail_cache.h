#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "log/embedded/frame.h"

namespace weir::log::embedded {

/// A record in memory; `bytes` keeps alive what its payload points to.
struct CachedRecord {
  FrameRecord record;
  std::shared_ptr<const std::string> bytes;
  BatchSlicePtr decoded;  ///< NewRecord::decoded, or null.
};

/// The newest records of all partitions, oldest out first. Not thread safe; Journal guards it.
class TailCache {
 public:
  TailCache(uint32_t partition_count, uint64_t bytes_max)
      : bytes_max_(bytes_max), partitions_(partition_count) {}

  /// Adds the records of one commit, in order, and drops the oldest commits beyond the limit. A commit larger
  /// than the limit empties the cache. `decoded`: one for each record.
  void add(std::shared_ptr<const std::string> bytes, const std::vector<FrameRecord>& records,
           std::span<const BatchSlicePtr> decoded);

  /// Appends to `out` the records of `partition` from `offset` on: at least one, then while their payloads
  /// sum up to no more than `bytes_max`. False when the cache does not reach back to `offset`. What they
  /// decode to goes to the first who reads them: it is large, and has one reader in practice.
  bool read(PartitionId partition, Offset offset, size_t bytes_max, std::vector<CachedRecord>& out);

  uint64_t size_bytes() const { return size_bytes_; }

 private:
  struct Commit {
    uint64_t cost_bytes;
    std::vector<PartitionId> partitions;  ///< One a record.
  };
  void drop_oldest();

  const uint64_t bytes_max_;
  uint64_t size_bytes_ = 0;
  std::deque<Commit> commits_;
  std::vector<std::deque<CachedRecord>> partitions_;
};

}  // namespace weir::log::embedded
