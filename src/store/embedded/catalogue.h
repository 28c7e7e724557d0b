#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <absl/container/flat_hash_set.h>
#include <absl/functional/function_ref.h>

#include "store/embedded/block_set.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/manifest.h"
#include "store/embedded/store_metrics.h"

namespace weir::store::embedded {

/// The store's directory: the manifest, the block files it names, and the list of open blocks. Every change
/// reaches the disk before it is seen here. Safe from any thread; writers of the manifest wait for each
/// other's I/O, readers never do.
class Catalogue {
 public:
  /// Loads or creates the directory. Blocks that fail their checks are set aside as *.corrupt; block files
  /// that the manifest does not name are left-overs of a crash and are removed. Errors as `embedded::open`.
  static Result<std::unique_ptr<Catalogue>> open(const EmbeddedStoreOptions& options, os::FileSystem& files,
                                                 StoreMetrics& metrics);

  const BlockSet& blocks() const { return blocks_; }
  /// The partition as last saved.
  Manifest::Partition partition(PartitionId partition) const;
  /// Makes a larger epoch durable. Errors as writing files.
  Result<Epoch> next_epoch(PartitionId partition);

  /// The number for a new block; each call another one.
  uint64_t new_block_id();
  /// Where the file of a block belongs.
  std::string path_of(uint64_t block_id) const { return block_path(directory_, block_id); }
  /// A block file that is whole and not yet part of the store.
  struct NewBlock {
    uint64_t id;
    uint64_t deletions;  ///< It holds nothing that deletions up to this number took, and nothing newer than
                         ///< later ones.
  };
  /// Makes a new block part of the store, in place of `replaced` (or as the last block, if there are none),
  /// along with the partitions' progress (`epoch` aside; empty: unchanged). On error nothing is visible, and
  /// the caller may try again with a new file; this one is removed when that is safe.
  Status add_block(const NewBlock& added, const BlockList& replaced,
                   std::span<const Manifest::Partition> progress);
  /// Blocks whose samples are too old.
  Status retire_blocks(const BlockList& blocks);
  /// The next block that is added in place of others may lack samples up to that time, which are too old.
  void retire_samples(TimestampMs maxt_ms) { blocks_.retire_samples(maxt_ms); }
  /// Blocks of which everything is deleted.
  Status drop_blocks(const BlockList& blocks);

  /// Makes a deletion durable, which gets its number here. When only that is left to do, it calls `begin`,
  /// which gives `Deletion::applied` and sees to it that these offsets stay; after it `reveal`, which calls
  /// `publish` once to give the blocks their new masks. Adds the hashes of the blocks' series that it
  /// concerns. kResourceExhausted when too many are not done; else as writing files, and then nothing is
  /// visible.
  using Begin = absl::FunctionRef<std::vector<Offset>()>;
  using Reveal = absl::FunctionRef<void(const Deletion& deletion, absl::FunctionRef<void()> publish)>;
  Status erase(Deletion deletion, absl::flat_hash_set<uint64_t>& hashes, Begin begin, Reveal reveal);
  /// Those whose records may be applied again or that blocks still hold samples of, and some more.
  std::vector<Deletion> deletions() const { return current().deletions; }
  /// Saves the partitions' progress if it differs from what is saved.
  Status save_progress(std::span<const Manifest::Partition> progress);
  /// Makes `directory` that of another store with the same blocks, by hard links, whose log begins at 0; see
  /// `Store::snapshot`. `proceed` may end it between two blocks. Changes of the manifest wait meanwhile.
  Status snapshot(const std::string& directory, absl::FunctionRef<Status()> proceed);
  /// Removes what a failed attempt left at `path`.
  void discard(const std::string& path);

 private:
  Catalogue(const EmbeddedStoreOptions& options, os::FileSystem& files, StoreMetrics& metrics);

  Status load();
  Status create();
  Status check_options();
  Status open_blocks();
  Status open_block(const Manifest::Block& entry, BlockList& opened);
  Status set_aside(const std::string& path, const Error& error);
  Status remove_leftovers();
  Manifest current() const;
  Status save(Manifest next);
  /// Takes `gone` out of list and entries; `placed`, if any, comes where the first of them was, or last.
  BlockList replace(const BlockList& gone, const BlockPtr& placed, const Manifest::Block* entry,
                    Manifest& next) const;
  Status link_blocks(const std::string& directory, absl::FunctionRef<Status()> proceed, Manifest& linked);
  void remove_files(const BlockList& blocks);

  const std::string directory_;
  const uint32_t partition_count_;
  const uint64_t window_ms_;
  os::FileSystem& files_;
  StoreMetrics& metrics_;
  BlockSet blocks_;

  // Held while the manifest is written, so that versions reach the disk in order, and while files that it
  // named are removed.
  std::mutex save_mutex_;
  std::vector<std::string> doomed_;  // under save_mutex_: files that an unfinished save may have named

  mutable std::mutex mutex_;  // guards manifest_; never held over I/O
  Manifest manifest_;
};

}  // namespace weir::store::embedded
