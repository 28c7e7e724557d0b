#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/time_range.h"
#include "os/files.h"
#include "store/embedded/deletion.h"

namespace weir::store::embedded {

/// What the store knows besides its blocks. docs/formats/manifest.md has the layout. A value.
struct Manifest {
  struct Block {
    uint64_t id;
    TimeRange range;
    uint64_t size_bytes;
    uint32_t fingerprint;  ///< Block::fingerprint, so that a file put in another's place is noticed.
    uint64_t cleaned = 0;  ///< Deletions up to this number took nothing that the file still holds.
    bool operator==(const Block&) const = default;
  };
  struct Partition {
    Epoch epoch;
    Offset durable;  ///< Log records before it are in blocks, all of them.
    /// By start of a head window: records before the offset are in blocks as far as that window goes. Only
    /// where that is beyond `durable`.
    std::map<TimestampMs, Offset> covered;
    bool operator==(const Partition&) const = default;
  };

  uint64_t window_ms = 0;
  uint64_t next_block_id = 1;  ///< No block had this id or a larger one.
  std::vector<Partition> partitions;
  std::vector<Block>
      blocks;  ///< Oldest first: where two hold a sample of the same time, the earlier one wins.
  uint64_t last_deletion = 0;       ///< Number of the last one ever made.
  std::vector<Deletion> deletions;  ///< Ascending by number.
  bool operator==(const Manifest&) const = default;

  /// True when no block holds what the deletion took.
  bool is_clean_of(const Deletion& deletion) const;
  /// True when neither a block holds what the deletion took nor the records that brought it are applied
  /// again.
  bool is_done(const Deletion& deletion) const;
};

/// Of the oldest version that can say it.
std::string encode_manifest(const Manifest& manifest);
/// Of this version or an older one. kCorruption when the bytes are not exactly one manifest.
Result<Manifest> decode_manifest(std::string_view bytes);

/// The file in the store's directory that holds the manifest.
std::string manifest_path(const std::string& directory);
/// kNotFound when there is none yet; kCorruption names the file.
Result<Manifest> load_manifest(os::FileSystem& files, const std::string& directory);
/// Replaces the manifest; after success it survives a crash. After a failure either may be there.
Status save_manifest(os::FileSystem& files, const std::string& directory, const Manifest& manifest);

/// The file of a block: "0000000000000007.block".
std::string block_path(const std::string& directory, uint64_t id);

}  // namespace weir::store::embedded
