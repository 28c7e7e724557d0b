#pragma once

#include <absl/container/flat_hash_set.h>

#include "store/embedded/block.h"
#include "store/embedded/manifest.h"

namespace weir::store::embedded {

/// Adds to `mask` what the deletion takes from the block; false when that is nothing. `hashes`, if not null,
/// gets those of the series that it concerns.
bool add_to_mask(const Block& block, const Deletion& deletion, BlockMask& mask,
                 absl::flat_hash_set<uint64_t>* hashes);

/// The block with all that the manifest's deletions take from it and `entry` says is still there. Without
/// anything of that kind, the block itself, and `entry` says so.
BlockPtr masked(BlockPtr block, const Manifest& manifest, Manifest::Block& entry);

}  // namespace weir::store::embedded
