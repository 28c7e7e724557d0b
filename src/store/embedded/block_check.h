#pragma once

#include <string>

#include <absl/functional/function_ref.h>

#include "base/damage.h"
#include "store/embedded/block.h"

namespace weir::store::embedded {

/// What a check of one block file has found.
struct BlockReport {
  BlockPtr block;  ///< Null when footer or index are damaged: then nobody can say where the chunks are.
  uint64_t file_bytes = 0;
  uint64_t chunks = 0;          ///< Looked at.
  uint64_t damaged_chunks = 0;  ///< Of them.
  bool gaps = false;            ///< Bytes lie between the chunks that no series names.
  bool good() const { return block != nullptr && damaged_chunks == 0 && !gaps; }
};

/// Checks everything in a block file: magic numbers, footer, the CRC of each section, that the index keeps
/// the format's rules, that chunks and sections fill the file without a gap, and that every chunk has its
/// CRC, decodes, and holds the samples and times that the index promises. Damage goes to `damage`, with the
/// place. `progress` gets the bytes read since the last call. Memory: one chunk, and the mapped file. Errors:
/// kNotFound; a file that cannot be read is damage.
Result<BlockReport> check_block(os::FileSystem& files, const std::string& path, DamageList& damage,
                                absl::FunctionRef<void(uint64_t bytes)> progress);

}  // namespace weir::store::embedded
