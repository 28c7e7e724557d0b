#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/embedded/block_format.h"

namespace weir::store::embedded {

/// First byte of a chunk that borrows its begin: all up to its values is that of a chunk before it in the
/// file. Series that were scraped together have the same times, which are then in the file once. Such chunks
/// are in blocks alone; docs/formats/block.md has the layout.
inline constexpr uint8_t kBorrowedChunkVersion = 3;

/// The chunk whose begin another one borrows.
struct ChunkLoan {
  uint64_t distance = 0;      ///< From the begin of the lender to that of the borrower, in bytes of the file.
  uint32_t lender_bytes = 0;  ///< Without its CRC.
  uint32_t borrowed_bytes = 0;  ///< At the begin of the lender.
};

/// Appends the borrower; `rest`: what it has of its own.
void encode_borrowed_chunk(const ChunkLoan& loan, std::string_view rest, std::string& out);

/// The chunk in the form of chunk.h, its checksum and its lender's checked. `file` is the block, in which the
/// chunk lies with its CRC. `buffer` is written if the chunk is not in one piece; the result lives as long as
/// both. kCorruption says where.
Result<std::string_view> load_chunk(std::string_view file, const ChunkRef& chunk, std::string& buffer);

}  // namespace weir::store::embedded
