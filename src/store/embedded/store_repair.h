#pragma once

#include <string>
#include <vector>

#include <absl/functional/function_ref.h>

#include "base/ids.h"
#include "os/files.h"

namespace weir::store::embedded {

/// What the log before the store has left, for each of its partitions: records [begin, end).
struct LogRest {
  struct Partition {
    Offset begin{0};
    Offset end{0};
  };
  std::vector<Partition> partitions;  ///< Empty when the log cannot tell.
};

struct StoreRepairOptions {
  std::string directory;
  LogRest log;
  bool dry_run = false;  ///< Say everything, do nothing.
};

/// What a repair did, or in a dry run would do.
struct StoreRepair {
  uint64_t actions = 0;
  uint64_t blocks_set_aside = 0;
  uint64_t series_saved = 0;  ///< Out of blocks that were set aside.
  uint64_t samples_saved = 0;
  uint64_t series_lost = 0;  ///< Of blocks that can still be counted, unless the log holds them yet.
  uint64_t samples_lost = 0;
};

/// Makes a stopped store's directory one that opens and serves all that is good in it. Nothing is deleted,
/// and doing it again after a power loss anywhere finishes the work:
/// - a damaged block is set aside as `<file>.corrupt`; where its index is good, its good chunks go on in a
/// new
///   block in its place;
/// - a missing or damaged manifest is made anew from the blocks that are good, oldest number first, and the
/// old
///   one kept as `MANIFEST.damaged`;
/// - whenever a block or the manifest was lost, or the manifest's offsets are none of the log's, the store is
///   told to apply all that is left of the log again: records that are in blocks already are found there and
///   change nothing, the others come back.
/// `say` gets a sentence for each action. Errors: kIo, kResourceExhausted (disk full), kFailedPrecondition (a
/// manifest must be made and the log cannot tell the number of partitions). On error it can be called again.
Result<StoreRepair> repair_store(os::FileSystem& files, const StoreRepairOptions& options,
                                 absl::FunctionRef<void(const std::string& line)> say);

}  // namespace weir::store::embedded
