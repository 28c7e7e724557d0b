#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "store/embedded/block.h"
#include "store/embedded/stored_sample.h"

namespace weir::store::embedded {

/// The blocks in use, in the manifest's order: where two hold a sample of one series and time, the later
/// wins.
using BlockList = std::vector<BlockPtr>;
using BlockListPtr = std::shared_ptr<const BlockList>;

/// The current block list. Readers take the whole list and keep it for their query. Safe from any thread.
class BlockSet {
 public:
  /// What retention has taken for good.
  struct Retired {
    uint64_t times = 0;
    TimestampMs maxt_ms = -1;  ///< Of their samples; before time 0 when there are none.
  };
  struct Version {
    BlockListPtr blocks;
    uint64_t deletions;  ///< The last one that the blocks' masks know of.
  };
  BlockListPtr get() const { return version().blocks; }
  Version version() const {
    std::lock_guard lock(mutex_);
    return {list_, deletions_};
  }
  void set(BlockList list) { set(std::move(list), version().deletions); }
  /// The same after a deletion. One thread at a time sets.
  void set(BlockList list, uint64_t deletions) {
    auto next = std::make_shared<const BlockList>(std::move(list));
    std::lock_guard lock(mutex_);
    list_.swap(next);  // the old list, perhaps the last owner of files, goes after the lock
    deletions_ = deletions;
  }
  /// The same where `gone` blocks leave and nothing takes their place.
  void retire(BlockList list, const BlockList& gone) {
    auto next = std::make_shared<const BlockList>(std::move(list));
    std::lock_guard lock(mutex_);
    list_.swap(next);
    ++retired_.times;
    for (const BlockPtr& block : gone) retired_.maxt_ms = std::max(retired_.maxt_ms, block->range().maxt_ms);
  }
  /// Blocks will be written anew without samples up to that time. Called before the first of them is set.
  void retire_samples(TimestampMs maxt_ms) {
    std::lock_guard lock(mutex_);
    ++retired_.times;
    retired_.maxt_ms = std::max(retired_.maxt_ms, maxt_ms);
  }
  Retired retired() const {
    std::lock_guard lock(mutex_);
    return retired_;
  }

 private:
  mutable std::mutex mutex_;
  BlockListPtr list_ = std::make_shared<const BlockList>();
  uint64_t deletions_ = 0;
  Retired retired_;
};

/// The functions below go by what reads see: deleted samples are not there.

/// True when some block may hold samples of that time.
bool any_overlaps(const BlockList& blocks, const TimeRange& range);

/// The time of the newest sample of a series in `range` according to the blocks' indexes, or later; nullopt
/// when there is none.
std::optional<TimestampMs> newest_in_blocks(const BlockList& blocks, TenantId tenant, LabelsView labels,
                                            const TimeRange& range);

/// What the blocks hold for a series at that time. A block that cannot be read counts as not having
/// it.
std::optional<StoredSample> find_in_blocks(const BlockList& blocks, TenantId tenant, LabelsView labels,
                                           TimestampMs timestamp_ms);

}  // namespace weir::store::embedded
