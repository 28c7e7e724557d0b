#include "tenant/redis_bucket.h"

#include <gtest/gtest.h>

namespace weir::tenant {
namespace {

constexpr int64_t kMs = 1'000'000;

// A bucket whose Redis is the test.
class Bucket : public testing::Test {
 protected:
  RedisBucket::Terms terms(uint64_t cost) const {
    return {.rate = rate_, .cost = cost, .lease_ns = 100 * kMs, .shares = 4};
  }
  // True when Redis is to be asked.
  bool asks(uint64_t cost) { return !bucket_.decide(terms(cost), now_, allowance_, question_); }
  Allowance granted(uint64_t cost, uint64_t tokens, int64_t ahead_ns = 0) {
    return bucket_.answered(terms(cost), question_, {.granted = tokens, .ahead_ns = ahead_ns}, now_);
  }

  Rate rate_{.per_second = 1'000, .burst = 1'000};
  int64_t now_ = 1'000'000 * kMs;
  RedisBucket bucket_;
  Allowance allowance_;
  RedisBucket::Question question_;
};

TEST_F(Bucket, LeasesGrowWithUseUpToTheirTimesWorth) {
  std::vector<uint64_t> wants;
  for (int i = 0; i < 500; ++i) {
    if (!asks(1)) continue;
    wants.push_back(question_.want);
    granted(1, question_.want);
  }
  EXPECT_EQ(wants.at(0), 1U);
  EXPECT_TRUE(std::is_sorted(wants.begin(), wants.end()));
  EXPECT_EQ(wants.back(), 100U) << "100 ms of 1,000 a second";
}

TEST_F(Bucket, ASmallBurstIsNotLeasedAway) {
  rate_ = {.per_second = 100'000, .burst = 40};
  for (int i = 0; i < 200; ++i) {
    if (!asks(1)) continue;
    EXPECT_LE(question_.want, 10U);
    granted(1, question_.want);
  }
}

TEST_F(Bucket, WhatALeaseLeavesOverIsLostAndTheNextOneSmaller) {
  while (true) {
    if (!asks(1)) continue;
    const bool is_full_size = question_.want == 100;
    granted(1, question_.want);
    if (is_full_size) break;
  }
  for (int i = 0; i < 9; ++i) ASSERT_FALSE(asks(1));
  now_ += 99 * kMs;
  EXPECT_FALSE(asks(1));
  now_ += kMs;
  ASSERT_TRUE(asks(1));
  EXPECT_EQ(question_.want, 11U) << "as many as were used";
  EXPECT_EQ(question_.held, 0U);
}

TEST_F(Bucket, ANoGivesBackWhatWasHeld) {
  ASSERT_TRUE(asks(1));
  granted(1, 6);
  ASSERT_TRUE(asks(8));
  EXPECT_EQ(question_.held, 5U);
  EXPECT_EQ(question_.need, 3U);
  const Allowance refused = granted(8, 0, 998 * kMs);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, os::milliseconds(5)) << "not sooner than Redis is asked again";
  ASSERT_FALSE(asks(5));
  EXPECT_TRUE(allowance_.allowed);
}

TEST_F(Bucket, ARefusalIsRememberedUntilTokensCanBeThere) {
  ASSERT_TRUE(asks(1));
  EXPECT_EQ(granted(1, 0, 1'049 * kMs).retry_after, os::milliseconds(50));
  now_ += 49 * kMs;
  ASSERT_FALSE(asks(1));
  EXPECT_FALSE(allowance_.allowed);
  EXPECT_EQ(allowance_.retry_after, os::milliseconds(1));
  ASSERT_FALSE(asks(500));
  EXPECT_EQ(allowance_.retry_after, os::milliseconds(500));
  now_ += kMs;
  EXPECT_TRUE(asks(1));
}

TEST_F(Bucket, TellsRedisWhatItRemembersOfTheBucket) {
  ASSERT_TRUE(asks(1));
  EXPECT_EQ(question_.ahead_ns, 0);
  granted(1, 1, 700 * kMs);
  now_ += 200 * kMs;
  ASSERT_TRUE(asks(1));
  EXPECT_EQ(question_.ahead_ns, 500 * kMs);
}

TEST_F(Bucket, OthersAskForTheirNeedWhileALeaseIsAskedFor) {
  for (int i = 0; i < 20; ++i) {
    if (asks(1)) granted(1, question_.want);
  }
  while (!asks(1)) {
  }
  EXPECT_GT(question_.want, 1U);
  ASSERT_TRUE(asks(3));
  EXPECT_EQ(question_.want, 3U);
}

TEST_F(Bucket, AloneItIsOneOfTheShares) {
  uint64_t allowed = 0;
  for (int i = 0; i < 1'000; ++i) {
    if (!asks(1)) continue;
    allowed += bucket_.unanswered(terms(1), question_, now_).allowed ? 1 : 0;
  }
  EXPECT_EQ(allowed, 250U);
  now_ += 100 * kMs;
  while (asks(1) && bucket_.unanswered(terms(1), question_, now_).allowed) ++allowed;
  EXPECT_EQ(allowed, 275U);
}

TEST_F(Bucket, AChangedRateIsToldToRedis) {
  ASSERT_TRUE(asks(1));
  granted(1, 0, 1'000 * kMs);
  ASSERT_FALSE(asks(1));
  rate_ = {.per_second = 1'000'000, .burst = 1'000};
  EXPECT_TRUE(asks(1));
}

TEST_F(Bucket, IsIdleOnlyWhenANewOneIsAsGood) {
  EXPECT_TRUE(bucket_.is_idle(now_));
  ASSERT_TRUE(asks(1));
  EXPECT_FALSE(bucket_.is_idle(now_)) << "asking";
  granted(1, 5, 10 * kMs);
  EXPECT_FALSE(bucket_.is_idle(now_ + 99 * kMs)) << "a lease";
  EXPECT_TRUE(bucket_.is_idle(now_ + 100 * kMs));
}

}  // namespace
}  // namespace weir::tenant
