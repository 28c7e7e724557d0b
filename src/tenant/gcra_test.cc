#include "tenant/gcra.h"

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::tenant {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(Gcra, TurnsCostsIntoTimeAndBack) {
  EXPECT_EQ(gcra::duration_ns({.per_second = 1'000, .burst = 1}, 1), 1'000'000);
  EXPECT_EQ(gcra::duration_ns({.per_second = 3, .burst = 1}, 3), kSecond);
  EXPECT_EQ(gcra::duration_ns({.per_second = 1'000, .burst = 1}, 0), 0);
  EXPECT_EQ(gcra::duration_ns({.per_second = UINT64_MAX, .burst = 1}, 1), 1) << "never free";
  EXPECT_EQ(gcra::duration_ns({.per_second = 1, .burst = 1}, UINT64_MAX), kSecond * kSecond);
  EXPECT_EQ(gcra::tokens({.per_second = 1'000, .burst = 50}, kSecond / 100), 10U);
  EXPECT_EQ(gcra::tokens({.per_second = 1'000, .burst = 5}, kSecond), 5U);
  EXPECT_EQ(gcra::tokens({.per_second = 1'000, .burst = 5}, -kSecond), 0U);
}

TEST(Gcra, AShareIsAPartOfRateAndBurst) {
  const Rate rate{.per_second = 100, .burst = 100};
  int64_t tat = 0;
  int64_t now = 10 * kSecond;
  int allowed = 0;
  while (gcra::take(tat, now, rate, 1, 4).allowed) ++allowed;
  EXPECT_EQ(allowed, 25);
  for (; now < 20 * kSecond; now += kSecond / 1'000)
    allowed += gcra::take(tat, now, rate, 1, 4).allowed ? 1 : 0;
  EXPECT_NEAR(allowed, 25 + 250, 1);
}

TEST(Gcra, ACostAboveTheShareIsAllowedNowAndThenAndTheRateIsHeld) {
  const Rate rate{.per_second = 100, .burst = 100};
  int64_t tat = 0;
  uint64_t allowed = 0;
  for (int64_t now = kSecond; now < 101 * kSecond; now += kSecond / 100) {
    allowed += gcra::take(tat, now, rate, 80, 4).allowed ? 80 : 0;
    allowed += gcra::take(tat, now, rate, 1, 4).allowed ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(allowed), 2'500, 100);
  EXPECT_FALSE(gcra::take(tat, 200 * kSecond, rate, 101, 4).allowed);
}

// Whatever comes when, no window of time sees more than the burst and the rate.
TEST(Gcra, NeverAllowsMoreThanBurstAndRate) {
  os::Random random(23 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  for (int round = 0; round < 200; ++round) {
    const Rate rate{.per_second = 1 + random.below(10'000), .burst = 1 + random.below(5'000)};
    int64_t tat = 0;
    const int64_t begin = kSecond;
    int64_t now = begin;
    double allowed = 0;
    for (int i = 0; i < 500; ++i) {
      const uint64_t cost = random.below(rate.burst + 2);
      const Allowance allowance = gcra::take(tat, now, rate, cost);
      if (allowance.allowed) allowed += static_cast<double>(cost);
      const double elapsed = static_cast<double>(now - begin) / 1e9;
      ASSERT_LE(allowed,
                static_cast<double>(rate.burst) + static_cast<double>(rate.per_second) * elapsed + 0.1);
      if (!allowance.allowed && cost <= rate.burst) {
        ASSERT_GT(allowance.retry_after.count(), 0);
        int64_t later = tat;
        ASSERT_TRUE(gcra::take(later, now + allowance.retry_after.count() * 1'000'000, rate, cost).allowed);
        later = tat;
        ASSERT_FALSE(
            gcra::take(later, now + (allowance.retry_after.count() - 1) * 1'000'000, rate, cost).allowed);
      }
      now += static_cast<int64_t>(random.below(200'000'000));
    }
  }
}

}  // namespace
}  // namespace weir::tenant
