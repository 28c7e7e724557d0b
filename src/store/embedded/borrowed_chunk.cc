#include "store/embedded/borrowed_chunk.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::store::embedded {
namespace {

/// The stored bytes.
Result<std::string_view> checked(std::string_view file, uint64_t offset, uint64_t size_bytes) {
  const std::string_view bytes = file.substr(offset, size_bytes);
  if (crc32c(bytes) != ByteReader(file.substr(offset + size_bytes, kChunkCrcBytes)).u32())
    return corruption(fmt::format("the checksum of the chunk at {} is wrong", offset));
  return bytes;
}

Result<ChunkLoan> decode_loan(ByteReader& in, uint64_t offset) {
  const uint64_t distance = in.varint();
  const uint64_t lender_bytes = in.varint();
  const uint64_t borrowed_bytes = in.varint();
  const bool inside = distance <= offset - kBlockMagic.size() && distance >= kChunkCrcBytes &&
                      lender_bytes <= distance - kChunkCrcBytes && borrowed_bytes <= lender_bytes;
  if (!in.ok() || !inside)
    return corruption(fmt::format("the chunk at {} borrows {} of {} bytes {} before it", offset,
                                  borrowed_bytes, lender_bytes, distance));
  return ChunkLoan{distance, static_cast<uint32_t>(lender_bytes), static_cast<uint32_t>(borrowed_bytes)};
}

}  // namespace

void encode_borrowed_chunk(const ChunkLoan& loan, std::string_view rest, std::string& out) {
  ByteWriter writer(out);
  writer.u8(kBorrowedChunkVersion);
  writer.varint(loan.distance);
  writer.varint(loan.lender_bytes);
  writer.varint(loan.borrowed_bytes);
  writer.raw(rest);
}

Result<std::string_view> load_chunk(std::string_view file, const ChunkRef& chunk, std::string& buffer) {
  ASSIGN_OR_RETURN(const std::string_view bytes, checked(file, chunk.offset, chunk.size_bytes));
  ByteReader in(bytes);
  if (in.u8() != kBorrowedChunkVersion) return bytes;
  ASSIGN_OR_RETURN(const ChunkLoan loan, decode_loan(in, chunk.offset));
  ASSIGN_OR_RETURN(const std::string_view lender,
                   checked(file, chunk.offset - loan.distance, loan.lender_bytes));
  buffer.assign(lender.substr(0, loan.borrowed_bytes));
  buffer.append(bytes.substr(in.position()));
  return std::string_view(buffer);
}

}  // namespace weir::store::embedded
