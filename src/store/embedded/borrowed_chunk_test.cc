#include "store/embedded/borrowed_chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::store::embedded {
namespace {

using testing::HasSubstr;

/// Puts chunks into a file one after another.
class ChunkFile {
 public:
  ChunkRef add(std::string_view chunk) {
    ChunkRef ref;
    ref.offset = file_.size();
    ref.size_bytes = static_cast<uint32_t>(chunk.size());
    file_.append(chunk);
    ByteWriter(file_).u32(crc32c(chunk));
    return ref;
  }
  ChunkRef add(const ChunkLoan& loan, std::string_view rest) {
    std::string chunk;
    encode_borrowed_chunk(loan, rest, chunk);
    return add(chunk);
  }
  uint64_t size() const { return file_.size(); }
  void flip(uint64_t offset) { file_[offset] ^= 1; }
  Result<std::string> load(const ChunkRef& chunk) const {
    std::string buffer;
    ASSIGN_OR_RETURN(const std::string_view bytes, load_chunk(file_, chunk, buffer));
    return std::string(bytes);
  }

 private:
  std::string file_{kBlockMagic};
};

TEST(BorrowedChunk, IsTheLendersBeginAndItsOwnRest) {
  ChunkFile file;
  const ChunkRef lender = file.add("\x01 begin rest");
  file.add("\x01 between");
  const ChunkRef borrower = file.add({file.size() - lender.offset, lender.size_bytes, 8}, "own");
  EXPECT_EQ(file.load(lender).value(), "\x01 begin rest");
  EXPECT_EQ(file.load(borrower).value(), "\x01 begin own");
}

TEST(BorrowedChunk, DamageToEitherIsFound) {
  ChunkFile file;
  const ChunkRef lender = file.add("\x01 begin rest");
  const ChunkRef borrower = file.add({file.size() - lender.offset, lender.size_bytes, 8}, "own");
  for (const ChunkRef& damaged : {lender, borrower}) {
    for (uint64_t i = 0; i < damaged.size_bytes + kChunkCrcBytes; ++i) {
      file.flip(damaged.offset + i);
      const auto loaded = file.load(borrower);
      ASSERT_FALSE(loaded.ok()) << i;
      EXPECT_THAT(loaded.error().message, HasSubstr(std::to_string(damaged.offset)));
      file.flip(damaged.offset + i);
    }
  }
  EXPECT_TRUE(file.load(borrower).ok());
}

TEST(BorrowedChunk, LoansThatLeaveTheFileAreRefused) {
  ChunkFile file;
  const ChunkRef lender = file.add("\x01 begin rest");
  const uint64_t distance = file.size() - lender.offset;
  const std::vector<ChunkLoan> wrong = {
      {0, lender.size_bytes, 8},                  // itself
      {distance + 1, lender.size_bytes, 8},       // the magic
      {uint64_t{1} << 63, lender.size_bytes, 8},  // before the file
      {distance, lender.size_bytes + 1, 8},       // reaches into the borrower
      {distance, lender.size_bytes, lender.size_bytes + 1},
  };
  for (const ChunkLoan& loan : wrong) {
    ChunkFile copy = file;
    const auto loaded = copy.load(copy.add(loan, "own"));
    ASSERT_FALSE(loaded.ok());
    EXPECT_THAT(loaded.error().message, HasSubstr("borrows"));
  }
  ChunkFile cut = file;
  EXPECT_FALSE(cut.load(cut.add("\x03")).ok());
}

}  // namespace
}  // namespace weir::store::embedded
