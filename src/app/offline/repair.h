#pragma once

#include <string>

#include <absl/functional/function_ref.h>

#include "os/files.h"
#include "store/embedded/store_repair.h"

namespace weir::app::offline {

/// Makes a stopped server's data directory one that it starts with, and serves all that is good: damaged
/// copies of the journals' headers are written again, a journal that no header tells of any more is set
/// aside, and the store is repaired (see `repair_store`). The caller holds the lock. A torn tail is left to
/// the server, which cuts it at its start, and so is damage inside a journal, which the server skips. `say`
/// gets a sentence for each action. Errors as `repair_store`.
Result<store::embedded::StoreRepair> repair_data(os::FileSystem& files, const std::string& directory,
                                                 bool dry_run,
                                                 absl::FunctionRef<void(const std::string& line)> say);

}  // namespace weir::app::offline
