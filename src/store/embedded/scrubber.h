#pragma once

#include <optional>
#include <string>

#include <absl/functional/function_ref.h>

#include "store/embedded/block_scrub.h"
#include "store/embedded/block_set.h"
#include "store/embedded/store_metrics.h"

namespace weir::store::embedded {

/// Reads all blocks again in the course of `interval`, so that decay is found while there are copies or
/// snapshots to go back to, and not when the data is asked for. It goes through the blocks in the order of
/// their paths, at the pace that the size of all asks for and at most kBytesPerSecondMax. After a start it
/// begins where the calendar says, so that frequent restarts do not leave the same blocks out for ever.
/// Owned by one thread at a time.
class Scrubber {
 public:
  static constexpr uint64_t kBytesPerSecondMax = 32 << 20;

  /// `interval` 0: never.
  Scrubber(os::milliseconds interval, os::FileSystem& files, os::Clock& clock, StoreMetrics& metrics);

  /// Reads what has become due since the last call. `damaged` is told of each block whose bytes are not what
  /// they were; it must not come again. A block that cannot be read is logged, counted, and left for the next
  /// pass. `proceed` may end the call early.
  void run(const BlockList& blocks, absl::FunctionRef<Status()> proceed,
           absl::FunctionRef<void(const BlockPtr& block, const Error& error)> damaged);

 private:
  using Damaged = absl::FunctionRef<void(const BlockPtr& block, const Error& error)>;
  void earn(const BlockList& blocks);
  void start(const BlockList& sorted);
  bool begin_next(const BlockList& sorted);
  Status read_on();
  void leave(const Status& outcome, Damaged damaged);
  void end_pass();
  void show_progress(const BlockList& blocks);

  const os::milliseconds interval_;
  os::FileSystem& files_;
  os::Clock& clock_;
  StoreMetrics& metrics_;

  os::SteadyTime last_run_;
  double due_bytes_ = 0;  ///< May fall below 0: pieces are read whole.
  bool started_ = false;
  bool whole_ = true;   ///< This pass began with the first block.
  std::string behind_;  ///< Path of the block that was left last; empty at the begin of a pass.
  BlockPtr block_;      ///< Being read; null between two.
  std::optional<BlockScrub> scrub_;
};

}  // namespace weir::store::embedded
