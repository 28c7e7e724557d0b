#pragma once

#include <vector>

#include "store/embedded/block_set.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/head_shard.h"
#include "store/retention.h"

/// Which windows to write and which blocks to merge: pure functions of what is there.
namespace weir::store::embedded {

struct CutInput {
  std::vector<HeadWindowInfo> windows;  ///< Of all shards, any order; several of one start are one window.
  TimestampMs reference_ms = 0;  ///< The newest event time known, or the wall clock's time if that is later.
  os::SteadyTime now;
  uint64_t head_bytes = 0;
  bool all = false;  ///< Every window is due.
};

/// The windows that are due to be written, by start, in groups that become one block each; oldest first.
std::vector<std::vector<TimestampMs>> plan_cuts(const EmbeddedStoreOptions& options, CutInput input);

/// The next blocks to merge into one, in the order of `blocks`; empty when there is nothing worth doing.
/// `all`: merge whatever may share a block, instead of waiting until it pays.
BlockList plan_merge(const EmbeddedStoreOptions& options, const BlockList& blocks, bool all);

/// The next block to write anew without what was deleted of it, alone in the list; empty when there is none.
BlockList plan_cleaning(const BlockList& blocks);

/// The blocks that retention removes: those of which no tenant keeps anything.
BlockList plan_retirement(const BlockList& blocks, const RetentionBounds& retention);

/// The next block to write anew without what retention takes of it, alone in the list; empty when there is
/// none. `all`: see `is_worth_thinning`.
BlockList plan_thinning(const BlockList& blocks, const RetentionBounds& retention, bool all);

}  // namespace weir::store::embedded
