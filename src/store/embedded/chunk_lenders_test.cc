#include "store/embedded/chunk_lenders.h"

#include <gtest/gtest.h>

namespace weir::store::embedded {
namespace {

const std::string kBegin(ChunkLenders::kBeginBytesMin, 'b');

std::string begin_of(size_t number, size_t size_bytes) {
  std::string begin(size_bytes, '\0');
  begin.replace(0, 8, reinterpret_cast<const char*>(&number), 8);
  return begin;
}

TEST(ChunkLenders, LendABeginThatTheyHaveSeen) {
  ChunkLenders lenders;
  EXPECT_FALSE(lenders.borrow(kBegin, 8));
  lenders.add(kBegin, 8, 500);
  EXPECT_FALSE(lenders.borrow(kBegin + "x", 512));
  const auto loan = lenders.borrow(kBegin, 512);
  ASSERT_TRUE(loan);
  EXPECT_EQ(loan->distance, 504u);
  EXPECT_EQ(loan->lender_bytes, 500u);
  EXPECT_EQ(loan->borrowed_bytes, kBegin.size());
}

TEST(ChunkLenders, PassOverShortBegins) {
  ChunkLenders lenders;
  const std::string begin = kBegin.substr(1);
  lenders.add(begin, 8, 500);
  EXPECT_FALSE(lenders.borrow(begin, 512));
}

TEST(ChunkLenders, ServeALimitedNumberThenTheNextOneLends) {
  ChunkLenders lenders;
  lenders.add(kBegin, 8, 500);
  for (int i = 0; i < ChunkLenders::kBorrowersMax; ++i) EXPECT_TRUE(lenders.borrow(kBegin, 1'000)) << i;
  EXPECT_FALSE(lenders.borrow(kBegin, 1'000));
  lenders.add(kBegin, 1'000, 500);
  EXPECT_EQ(lenders.borrow(kBegin, 2'000)->distance, 1'000u);
}

TEST(ChunkLenders, RememberWhatIsMetAndForgetTheRest) {
  ChunkLenders lenders;
  constexpr size_t kBytes = 64 << 10;
  constexpr size_t kHalf = ChunkLenders::kMemoryBytesMax / 2 / kBytes;
  lenders.add(begin_of(0, kBytes), 8, 70'000);
  lenders.add(begin_of(1, kBytes), 8, 70'000);
  for (size_t i = 2; i < 4 * kHalf; ++i) {
    lenders.add(begin_of(i, kBytes), 8, 70'000);
    if (i % (kHalf / 2) == 0) {
      EXPECT_TRUE(lenders.borrow(begin_of(0, kBytes), 100'000)) << i;
    }
  }
  EXPECT_FALSE(lenders.borrow(begin_of(1, kBytes), 100'000));
}

}  // namespace
}  // namespace weir::store::embedded
