#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/ids.h"

namespace weir {
namespace {

// XXH3_64bits of the reference implementation: stored data depends on these values.
TEST(StableHash, KnownAnswers) {
  EXPECT_EQ(stable_hash(""), 0x2d06800538d394c2u);
  EXPECT_EQ(stable_hash("", 1), 0x4dc5b0cc826f6703u);
  EXPECT_EQ(stable_hash("a"), 0xe6c632b61e964e1fu);
  EXPECT_EQ(stable_hash("abc"), 0x78af5f94892f3950u);
}

TEST(StrongId, ComparesAndHashesByValue) {
  EXPECT_EQ(PartitionId(3), PartitionId(3));
  EXPECT_LT(Offset(-1), Offset(0));
  EXPECT_EQ(std::hash<PartitionId>()(PartitionId(3)), std::hash<PartitionId>()(PartitionId(3)));
  EXPECT_EQ(Epoch().value(), 0u);
}

}  // namespace
}  // namespace weir
