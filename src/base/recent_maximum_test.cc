#include "base/recent_maximum.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr TimestampMs kNow = 1'700'000'000'000;

TEST(RecentMaximum, IsTheLargestOfTheLastWhile) {
  RecentMaximum most;
  EXPECT_EQ(most.at(kNow), 0);
  most.note(700, kNow);
  most.note(5'000, kNow);
  most.note(30, kNow);
  EXPECT_EQ(most.at(kNow), 5'000);
  most.note(100, kNow + RecentMaximum::kRememberedMs);
  EXPECT_EQ(most.at(kNow + RecentMaximum::kRememberedMs), 5'000);
  most.note(100, kNow + RecentMaximum::kRememberedMs * 6 / 5);
  EXPECT_EQ(most.at(kNow + RecentMaximum::kRememberedMs * 6 / 5), 100);
  EXPECT_EQ(most.at(kNow + 10 * RecentMaximum::kRememberedMs), 0);
}

}  // namespace
}  // namespace weir
