#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <absl/functional/function_ref.h>

#include "store/embedded/catalogue.h"
#include "store/embedded/fair_shared_mutex.h"
#include "store/embedded/head_shard.h"
#include "store/embedded/scrubber.h"

namespace weir::store::embedded {

using HeadShards = std::vector<std::unique_ptr<HeadShard>>;

/// Moves data on: windows of the head to blocks, blocks to larger blocks, what was deleted and what is too
/// old out of blocks, old blocks to nowhere. Rounds exclude each other and never hold up commits and reads
/// for longer than a shard's lock. Safe from any thread.
class Maintenance {
 public:
  /// `reads`: shared while head and blocks are looked at together; a deletion takes both at once.
  Maintenance(const EmbeddedStoreOptions& options, os::FileSystem& files, os::Clock& clock,
              Catalogue& catalogue, HeadShards& shards, FairSharedMutex& reads, StoreMetrics& metrics);

  /// Does what is due. What fails is logged, counted and tried again in the next round.
  void run(std::stop_token stop);
  /// Store::compact.
  Status compact(Deadline deadline);
  /// Store::flush. A round that is running ends early for it; another call is waited for.
  Status flush(Deadline deadline);
  /// Store::snapshot.
  Status snapshot(const SnapshotRequest& request, Deadline deadline);

 private:
  using Proceed = absl::FunctionRef<Status()>;

  Status cut(bool all, Proceed proceed);
  Status write_frozen(Proceed proceed);
  void drop_frozen();
  void give_back_memory();
  Status write_block(const Catalogue::NewBlock& block, FrozenWindows windows, Proceed proceed);
  using Plan = absl::FunctionRef<BlockList(const BlockList& sound)>;
  Status merge(bool all, Proceed proceed);
  Status clean(bool all, Proceed proceed);
  Status thin(bool all, Proceed proceed);
  Status rewrite(size_t times_max, Proceed proceed, Plan plan);
  Status merge_once(const BlockList& inputs, uint64_t deletions, Proceed proceed);
  Status retire();
  Status save_progress();
  BlockList sound_of(BlockList blocks) const;
  void scrub(Proceed proceed);
  void find_damaged(const BlockList& blocks);
  void note_damage(const BlockPtr& block, const Error& error);
  std::vector<Manifest::Partition> progress(bool frozen_in_block) const;
  double seconds_since(os::SteadyTime begin) const;

  const EmbeddedStoreOptions options_;
  const RetentionBounds retention_;
  os::FileSystem& files_;
  os::Clock& clock_;
  Catalogue& catalogue_;
  HeadShards& shards_;
  FairSharedMutex& reads_;
  StoreMetrics& metrics_;

  os::SteadyTime thin_at_{};           // under mutex_: when to look next for blocks to thin
  uint64_t freed_bytes_ = 0;           // under mutex_: about so many since memory was last given back
  std::atomic<bool> flushing_{false};  // tells a round to end
  std::mutex mutex_;  // one round at a time; held over I/O, and nobody but another round waits for it
  std::set<std::string>
      damaged_;  // under mutex_: blocks with damaged chunks, served as far as they go and merged no more
  Scrubber scrubber_;  // under mutex_
};

}  // namespace weir::store::embedded
