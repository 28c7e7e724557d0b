#include "os/random.h"

#include <gtest/gtest.h>

namespace weir::os {
namespace {

TEST(Random, IsReproducible) {
  Random one(7);
  Random same(7);
  Random other(8);
  EXPECT_EQ(one.next(), same.next());
  EXPECT_NE(one.next(), other.next());
}

TEST(Random, StaysInBounds) {
  Random random(1);
  bool seen[3] = {};
  for (int i = 0; i < 200; ++i) {
    const uint64_t value = random.below(3);
    ASSERT_LT(value, 3u);
    seen[value] = true;
    const double unit = random.unit();
    ASSERT_TRUE(unit >= 0 && unit < 1);
  }
  EXPECT_TRUE(seen[0] && seen[1] && seen[2]);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(SecureRandom, GivesTheWantedSize) {
  EXPECT_EQ(secure_random_bytes(0), "");
  EXPECT_EQ(secure_random_bytes(33).size(), 33u);
  EXPECT_NE(secure_random_bytes(16), secure_random_bytes(16));
}

}  // namespace
}  // namespace weir::os
