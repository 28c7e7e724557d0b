#pragma once

#include <string>

#include <absl/functional/function_ref.h>

#include "store/embedded/block_set.h"
#include "store/embedded/head_series.h"

namespace weir::store::embedded {

/// Writes the samples of `inputs` to one new block file; at least one input. Where two hold a sample of one
/// series and time, the earlier input wins; samples that an input's mask covers are left out. False, and no
/// file, when none remain. Memory: one chunk an input, and the index of the result. `proceed` is asked before
/// each series and ends the merge with its error. kCorruption names the input that is damaged.
Result<bool> merge_blocks(os::FileSystem& files, const BlockList& inputs, const std::string& path,
                          absl::FunctionRef<Status()> proceed);

/// Writes frozen windows to one new block file; several views of one series are put together. At least one
/// view. `proceed` is asked before each series and ends the writing with its error.
Status write_head_block(os::FileSystem& files, FrozenWindows windows, const std::string& path,
                        absl::FunctionRef<Status()> proceed);

}  // namespace weir::store::embedded
