#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "aggregation/aggregator.h"
#include "aggregation/partition_offsets.h"

namespace weir::aggregation {

/// Samples that came too late, until they are kept elsewhere. Safe from any thread.
class LateLetters {
 public:
  static constexpr size_t kBytesMax = 32u << 20;

  void add(LateSamples late);
  /// Whether no more should come for now.
  bool is_full() const { return bytes_ >= kBytesMax; }
  /// Keeps them, oldest first, until one cannot be kept. One caller at a time.
  Status flush(const std::function<Status(const LateSamples& late)>& keep);
  /// The first offset of each partition whose samples are not kept yet.
  PartitionOffsets waiting_from() const;

 private:
  std::atomic<size_t> bytes_{0};  // changes under mutex_
  mutable std::mutex mutex_;
  std::deque<LateSamples> letters_;  // guarded by mutex_
};

}  // namespace weir::aggregation
