#include "base/xxh64.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Xxh64, KnownAnswers) {
  EXPECT_EQ(xxh64(""), 0xef46db3751d8e999u);
  EXPECT_EQ(xxh64("a"), 0xd24ec4f1a98c6e5bu);
  EXPECT_EQ(xxh64("abc"), 0x44bc2cf5ad770999u);
}

}  // namespace
}  // namespace weir
