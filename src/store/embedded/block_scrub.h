#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/embedded/block.h"

namespace weir::store::embedded {

/// Reads the file of an open block again, a piece at a time, and holds every byte that a checksum covers
/// against it: sections, chunks and footer. It reads the file and not the mapping, so that a sector that
/// cannot be read is an error and no signal. Owned by one thread.
class BlockScrub {
 public:
  /// Errors as opening files; kCorruption when the file has another size.
  static Result<BlockScrub> begin(os::FileSystem& files, BlockPtr block);

  const BlockPtr& block() const { return block_; }
  bool done() const { return done_; }
  /// Reads on until `bytes`, or a little more, have come from the file or all is done. Returns how many came.
  /// kCorruption names what is damaged; after an error there is no going on.
  Result<uint64_t> advance(uint64_t bytes);

 private:
  BlockScrub(BlockPtr block, std::unique_ptr<os::File> file)
      : block_(std::move(block)), file_(std::move(file)) {}
  Status check_piece();
  Status check_head();
  Status check_chunk();
  Status check_section_piece();
  Status check_footer();
  bool find_chunk();
  Result<std::string_view> bytes_at(uint64_t offset, uint64_t size);

  BlockPtr block_;
  std::unique_ptr<os::File> file_;
  std::string buffer_;
  uint64_t buffer_begin_ = 0;
  uint64_t bytes_read_ = 0;

  bool head_checked_ = false;
  size_t tenant_ = 0;  ///< Of the next series.
  uint32_t series_ = 0;
  std::vector<ChunkRef> chunks_;  ///< Of the series before it.
  size_t chunk_ = 0;              ///< The next one of them.
  size_t section_ = 0;            ///< That is being read, after the chunks.
  uint64_t section_bytes_ = 0;    ///< Of it, so far.
  uint32_t section_crc_ = 0;
  bool done_ = false;
};

}  // namespace weir::store::embedded
