#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace weir::store::embedded {

/// Most numbers of one block.
inline constexpr size_t kBlockSize = 128;

/// How a block is going to be written: numbers in [min, max] are packed as their distance from `min`, in
/// `width` bits each; numbers outside stand beside the packed ones as exceptions.
struct BlockPlan {
  int64_t min = 0;
  int64_t max = 0;
  unsigned width = 0;
  size_t size_bytes = 0;  ///< Of the block, less its base.
};

/// A plan near the cheapest for a block of 1 to kBlockSize numbers.
BlockPlan plan_block(std::span<const int64_t> block);

/// Appends the block. `base` is the previous block's base (0 before the first) and becomes this one's.
void write_block(std::span<const int64_t> block, const BlockPlan& plan, int64_t& base, std::string& out);

/// Reads `out.size()` numbers (1 to kBlockSize) as `write_block` wrote them. kCorruption names the byte.
Status read_block(ByteReader& in, int64_t& base, std::span<int64_t> out);

}  // namespace weir::store::embedded
