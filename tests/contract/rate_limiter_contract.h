#pragma once

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "os/threads.h"
#include "tenant/rate_limiter.h"

/// What every tenant::RateLimiter must do. An implementation's test defines an engine
///
///   struct Engine {
///     std::unique_ptr<RateLimiter> create();  // Null when its server is not there: the tests are skipped.
///     os::Clock& clock();                     // What the limiter lives by.
///     void advance(os::milliseconds by);      // Lets so much time pass, or a little more.
///     TenantId tenant(uint64_t n);            // Whom nobody else limits.
///     static constexpr double kTolerance;     // Of a rate held over seconds, relative.
///   };
///
/// and instantiates the suite with INSTANTIATE_TYPED_TEST_SUITE_P(Name, RateLimiterContract, Engine). The
/// rates are such that a real clock may run on by tens of milliseconds between two calls.
namespace weir::tenant {

template <typename Engine>
class RateLimiterContract : public testing::Test {
 protected:
  void SetUp() override {
    if (limiter_ == nullptr) GTEST_SKIP() << "no server: run by tests/services/run.py";
  }
  Allowance take(const Rate& rate, uint64_t cost = 1) { return limiter_->take(a_, "samples", rate, cost); }
  /// Takes until refused; how many were allowed.
  uint64_t drain(const Rate& rate, uint64_t cost = 1) {
    uint64_t allowed = 0;
    while (take(rate, cost).allowed) ++allowed;
    return allowed;
  }
  double seconds_since(os::SteadyTime then) {
    return std::chrono::duration<double>(engine_.clock().steady() - then).count();
  }

  Engine engine_;
  const TenantId a_ = engine_.tenant(1);
  const TenantId b_ = engine_.tenant(2);
  std::unique_ptr<RateLimiter> limiter_ = engine_.create();
};

TYPED_TEST_SUITE_P(RateLimiterContract);

TYPED_TEST_P(RateLimiterContract, AllowsABurstAtOnceAndThenNoMore) {
  for (const uint64_t burst : {1, 3, 7, 50}) {
    const TenantId tenant = this->engine_.tenant(10 + burst);
    const Rate rate{.per_second = 1, .burst = burst};
    for (uint64_t i = 0; i < burst; ++i)
      EXPECT_TRUE(this->limiter_->take(tenant, "samples", rate, 1).allowed) << i << " of " << burst;
    EXPECT_FALSE(this->limiter_->take(tenant, "samples", rate, 1).allowed) << burst;
  }
}

TYPED_TEST_P(RateLimiterContract, RetryAfterIsTheTruth) {
  const Rate rate{.per_second = 2, .burst = 4};
  this->drain(rate);
  const Allowance refused = this->take(rate);
  ASSERT_FALSE(refused.allowed);
  EXPECT_GT(refused.retry_after, os::milliseconds(300));
  EXPECT_LE(refused.retry_after, os::milliseconds(500));
  this->engine_.advance(refused.retry_after / 2);
  EXPECT_FALSE(this->take(rate).allowed) << "too early";
  this->engine_.advance(refused.retry_after - refused.retry_after / 2);
  EXPECT_TRUE(this->take(rate).allowed);
  EXPECT_FALSE(this->take(rate).allowed);
}

TYPED_TEST_P(RateLimiterContract, RetryAfterGrowsWithTheCost) {
  const Rate rate{.per_second = 10, .burst = 10};
  ASSERT_TRUE(this->take(rate, 10).allowed);
  const Allowance refused = this->take(rate, 5);
  ASSERT_FALSE(refused.allowed);
  EXPECT_GT(refused.retry_after, os::milliseconds(400));
  EXPECT_LE(refused.retry_after, os::milliseconds(500));
  this->engine_.advance(refused.retry_after);
  EXPECT_TRUE(this->take(rate, 5).allowed);
}

TYPED_TEST_P(RateLimiterContract, ACostAboveTheBurstIsNeverAllowedAndCostsNothing) {
  const Rate rate{.per_second = 1, .burst = 10};
  for (int i = 0; i < 3; ++i) {
    const Allowance refused = this->take(rate, 11);
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.retry_after, os::milliseconds(0));
  }
  EXPECT_FALSE(this->take(rate, UINT64_MAX).allowed);
  EXPECT_TRUE(this->take(rate, 10).allowed);
}

TYPED_TEST_P(RateLimiterContract, ARefusedTakeCostsNothing) {
  const Rate rate{.per_second = 2, .burst = 10};
  ASSERT_TRUE(this->take(rate, 8).allowed);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(this->take(rate, 5).allowed);
  EXPECT_TRUE(this->take(rate, 2).allowed);
}

TYPED_TEST_P(RateLimiterContract, ACostOfNothingIsAllowed) {
  const Rate rate{.per_second = 1, .burst = 1};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(this->take(rate, 0).allowed);
  EXPECT_EQ(this->drain(rate), 1U);
  EXPECT_TRUE(this->take(rate, 0).allowed);
}

TYPED_TEST_P(RateLimiterContract, SaysWhatRemains) {
  const Rate rate{.per_second = 1, .burst = 100};
  const Allowance first = this->take(rate, 10);
  EXPECT_EQ(first.remaining, 90U);
  EXPECT_EQ(this->take(rate, 90).remaining, 0U);
  EXPECT_EQ(this->take(rate, 1).remaining, 0U);
}

TYPED_TEST_P(RateLimiterContract, TenantsAndDimensionsAreApart) {
  const Rate rate{.per_second = 1, .burst = 5};
  EXPECT_EQ(this->drain(rate), 5U);
  EXPECT_TRUE(this->limiter_->take(this->a_, "requests", rate, 5).allowed);
  EXPECT_TRUE(this->limiter_->take(this->b_, "samples", rate, 5).allowed);
  EXPECT_FALSE(this->take(rate).allowed);
}

TYPED_TEST_P(RateLimiterContract, HoldsASteadyRate) {
  for (const uint64_t cost : {1, 7, 100}) {
    const TenantId tenant = this->engine_.tenant(100 + cost);
    const Rate rate{.per_second = 2'000, .burst = 300};
    const os::SteadyTime started = this->engine_.clock().steady();
    uint64_t allowed = 0;
    while (this->seconds_since(started) < 2) {
      while (this->limiter_->take(tenant, "samples", rate, cost).allowed) allowed += cost;
      this->engine_.advance(os::milliseconds(3));
    }
    const double ideal = 300 + 2'000 * this->seconds_since(started);
    EXPECT_LE(static_cast<double>(allowed), ideal * (1 + TypeParam::kTolerance)) << cost;
    EXPECT_GE(static_cast<double>(allowed), ideal * (1 - TypeParam::kTolerance) - 100) << cost;
  }
}

TYPED_TEST_P(RateLimiterContract, AnIdleTenantHasItsBurstAgainButNoMore) {
  const Rate rate{.per_second = 50, .burst = 10};
  EXPECT_GE(this->drain(rate), 10U);
  this->engine_.advance(os::milliseconds(1'000));
  const os::SteadyTime started = this->engine_.clock().steady();
  const uint64_t again = this->drain(rate);
  EXPECT_GE(again, 10U);
  EXPECT_LE(static_cast<double>(again), 11 + 50 * this->seconds_since(started));
}

TYPED_TEST_P(RateLimiterContract, AChangedRateCountsAtOnce) {
  EXPECT_EQ(this->drain({.per_second = 1, .burst = 5}), 5U);
  EXPECT_EQ(this->drain({.per_second = 1, .burst = 9}), 4U);
  EXPECT_FALSE(this->take({.per_second = 1, .burst = 5}).allowed);
  const Rate fast{.per_second = 1'000'000, .burst = 1'000'000};
  this->take(fast, 10'000);
  this->engine_.advance(os::milliseconds(50));
  EXPECT_TRUE(this->take(fast, 10'000).allowed) << "a debt of an old rate is not paid at the new one";
}

TYPED_TEST_P(RateLimiterContract, ExtremesNeitherOverflowNorLetThrough) {
  const Rate slow{.per_second = 1, .burst = UINT64_MAX};
  EXPECT_TRUE(this->limiter_->take(this->engine_.tenant(201), "samples", slow, 1'000'000'000).allowed);
  const Rate fast{.per_second = UINT64_MAX, .burst = 2};
  EXPECT_TRUE(this->limiter_->take(this->engine_.tenant(202), "samples", fast, 2).allowed);
  const Rate none{.per_second = 0, .burst = 0};
  const TenantId tenant = this->engine_.tenant(203);
  EXPECT_TRUE(this->limiter_->take(tenant, "samples", none, 1).allowed);
  EXPECT_FALSE(this->limiter_->take(tenant, "samples", none, 1).allowed);
}

TYPED_TEST_P(RateLimiterContract, ThreadsTogetherGetNoMoreThanTheBurst) {
  const Rate rate{.per_second = 1, .burst = 1'000};
  const os::SteadyTime started = this->engine_.clock().steady();
  std::vector<uint64_t> allowed(4, 0);
  {
    std::vector<os::Thread> threads;
    for (uint64_t& mine : allowed)
      threads.emplace_back("limited", [&](std::stop_token) { mine = this->drain(rate); });
  }
  const uint64_t total = allowed[0] + allowed[1] + allowed[2] + allowed[3];
  EXPECT_GE(total, 1'000U);
  EXPECT_LE(static_cast<double>(total), 1'001 + this->seconds_since(started));
}

REGISTER_TYPED_TEST_SUITE_P(RateLimiterContract, AllowsABurstAtOnceAndThenNoMore, RetryAfterIsTheTruth,
                            RetryAfterGrowsWithTheCost, ACostAboveTheBurstIsNeverAllowedAndCostsNothing,
                            ARefusedTakeCostsNothing, ACostOfNothingIsAllowed, SaysWhatRemains,
                            TenantsAndDimensionsAreApart, HoldsASteadyRate,
                            AnIdleTenantHasItsBurstAgainButNoMore, AChangedRateCountsAtOnce,
                            ExtremesNeitherOverflowNorLetThrough, ThreadsTogetherGetNoMoreThanTheBurst);

}  // namespace weir::tenant
