#pragma once

#include <string>

#include "store/embedded/block.h"

namespace weir::store::embedded {

/// What could be taken out of a damaged block.
struct Salvage {
  uint64_t series_saved = 0;  ///< With some of their samples at least.
  uint64_t samples_saved = 0;
  uint64_t series_lost = 0;  ///< With all of their samples.
  uint64_t samples_lost = 0;
};

/// Counts the chunks of `block` that are good and those that are not, and writes nothing.
Salvage survey_chunks(const Block& block);

/// Writes the good chunks of `block`, whose index is good, to the new block file `path`, byte for byte;
/// without a good chunk no file is made. Memory: the index of the result. Errors as BlockWriter.
Result<Salvage> salvage_block(os::FileSystem& files, const Block& block, const std::string& path);

}  // namespace weir::store::embedded
