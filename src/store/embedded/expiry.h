#pragma once

#include "store/embedded/block_set.h"
#include "store/retention.h"

/// What retention takes from blocks. Reads leave it out by themselves; this is about the room.
namespace weir::store::embedded {

/// True when no tenant keeps anything of the block.
bool is_expired(const Block& block, const RetentionBounds& retention);

/// True when the block is worth writing anew without the samples that are past their tenant's retention.
/// `all`: as soon as nothing of a tenant is kept, instead of waiting until it pays.
bool is_worth_thinning(const Block& block, const RetentionBounds& retention, bool all);

/// The blocks under masks that cover what is past retention, too, and up to when the newest mask reaches;
/// `until_ms` is before time 0 when there is none.
struct Thinned {
  BlockList blocks;
  TimestampMs until_ms = -1;
};
Thinned without_expired(const BlockList& blocks, const RetentionBounds& retention);

}  // namespace weir::store::embedded
