#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/embedded/block_check.h"
#include "store/embedded/manifest.h"

namespace weir::store::embedded {

/// What a check of a store's directory has found.
struct StoreReport {
  std::optional<Manifest> manifest;  ///< Absent when it is missing or damaged.
  uint64_t manifest_bytes = 0;
  uint64_t blocks = 0;  ///< Files looked at.
  uint64_t block_bytes = 0;
  uint64_t chunks = 0;
  uint64_t series = 0;  ///< Summed over the blocks: one that is in two counts twice.
  uint64_t samples = 0;
  std::vector<std::string> notes;  ///< What is there and does no harm, a sentence each.
  DamageList damage;
};

/// Checks a stopped store's directory and changes nothing: the manifest, that the blocks it names are there
/// and the ones it means, everything in every block, and what else lies there. Without a manifest all block
/// files are checked. A missing or empty directory is an empty store. `progress` gets the bytes read since
/// the last call. Errors: kIo of the directory.
Result<StoreReport> check_store(os::FileSystem& files, const std::string& directory,
                                absl::FunctionRef<void(uint64_t bytes)> progress);

/// The number of a file named as a block, "0000000000000007.block".
std::optional<uint64_t> parse_block_name(std::string_view name);

/// What is wrong with a good block in the place of one that the manifest names; empty when nothing is.
std::string differs_from(const Manifest::Block& entry, const Block& block);

}  // namespace weir::store::embedded
