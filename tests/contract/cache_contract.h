#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/cache.h"
#include "os/sim/manual_clock.h"
#include "os/threads.h"

/// What every cache::Cache must do. An implementation's test defines an engine
///
///   struct Engine {
///     static constexpr size_t kEntryBytesMax = ...;  // Key and value of one entry; more is refused.
/// XX///     std::unique_ptr<cache::Cache> create(os::sim::ManualClock& clock);
///   };
///
/// and instantiates the suite with INSTANTIATE_TYPED_TEST_SUITE_P(Name, CacheContract, Engine). The suite
/// expects that a cache with space to spare forgets nothing. Times to live are long, so that a cache server,
/// which also counts real time, does not forget while a busy machine is slow.
namespace weir::cache {

template <typename Engine>
class CacheContract : public testing::Test {
 protected:
  void SetUp() override {
    if (cache_ == nullptr) GTEST_SKIP() << "no server: run by tests/services/run.py";
  }
  std::optional<std::string> get(TenantId tenant, std::string_view key) {
    return cache_->get(tenant, key, Deadline::never()).value();
  }
  Status put(TenantId tenant, std::string_view key, std::string_view value, int ttl_ms = 60'000) {
    return cache_->put(tenant, key, value, os::milliseconds(ttl_ms), Deadline::never());
  }
  Status erase(TenantId tenant, std::string_view key) {
    return cache_->erase(tenant, key, Deadline::never());
  }

  const TenantId a_ = TenantId::from_stored(1);
  const TenantId b_ = TenantId::from_stored(2);
  os::sim::ManualClock clock_;
  Engine engine_;
  std::unique_ptr<Cache> cache_ = engine_.create(clock_);
};

TYPED_TEST_SUITE_P(CacheContract);

TYPED_TEST_P(CacheContract, ReturnsWhatWasPut) {
  EXPECT_EQ(this->get(this->a_, "key"), std::nullopt);
  const std::string value("any \0 bytes \xff", 13);
  const std::string key("also \0 here", 11);
  ASSERT_TRUE(this->put(this->a_, key, value).ok());
  EXPECT_EQ(this->get(this->a_, key), value);
  EXPECT_EQ(this->get(this->a_, "also "), std::nullopt);
}

TYPED_TEST_P(CacheContract, AnEmptyValueIsNotAnAbsentOne) {
  ASSERT_TRUE(this->put(this->a_, "", "").ok());
  EXPECT_EQ(this->get(this->a_, ""), "");
}

TYPED_TEST_P(CacheContract, TheLastPutWins) {
  ASSERT_TRUE(this->put(this->a_, "key", "one").ok());
  ASSERT_TRUE(this->put(this->a_, "key", "another").ok());
  EXPECT_EQ(this->get(this->a_, "key"), "another");
}

TYPED_TEST_P(CacheContract, ErasesAKey) {
  ASSERT_TRUE(this->put(this->a_, "key", "value").ok());
  EXPECT_TRUE(this->erase(this->a_, "key").ok());
  EXPECT_EQ(this->get(this->a_, "key"), std::nullopt);
  EXPECT_TRUE(this->erase(this->a_, "key").ok());
}

TYPED_TEST_P(CacheContract, TenantsNeverMeet) {
  ASSERT_TRUE(this->put(this->a_, "key", "of a").ok());
  EXPECT_EQ(this->get(this->b_, "key"), std::nullopt);
  ASSERT_TRUE(this->put(this->b_, "key", "of b").ok());
  EXPECT_TRUE(this->erase(this->b_, "key").ok());
  EXPECT_EQ(this->get(this->a_, "key"), "of a");
}

TYPED_TEST_P(CacheContract, ForgetsAfterItsTimeToLive) {
  ASSERT_TRUE(this->put(this->a_, "key", "value", 60'000).ok());
  this->clock_.advance(os::milliseconds(59'999));
  EXPECT_EQ(this->get(this->a_, "key"), "value");
  this->clock_.advance(os::milliseconds(1));
  EXPECT_EQ(this->get(this->a_, "key"), std::nullopt);
}

TYPED_TEST_P(CacheContract, APutStartsANewTimeToLive) {
  ASSERT_TRUE(this->put(this->a_, "key", "one", 60'000).ok());
  this->clock_.advance(os::milliseconds(59'999));
  ASSERT_TRUE(this->put(this->a_, "key", "two", 60'000).ok());
  this->clock_.advance(os::milliseconds(59'999));
  EXPECT_EQ(this->get(this->a_, "key"), "two");
}

TYPED_TEST_P(CacheContract, AJumpOfTheWallClockChangesNothing) {
  ASSERT_TRUE(this->put(this->a_, "key", "value", 60'000).ok());
  this->clock_.set_wall_ms(this->clock_.wall_ms() + 1'000'000);
  EXPECT_EQ(this->get(this->a_, "key"), "value");
}

TYPED_TEST_P(CacheContract, RefusesAnEntryBeyondTheLimitAndKeepsTheRest) {
  const std::string key = "key";
  const std::string largest(TypeParam::kEntryBytesMax - key.size(), 'x');
  ASSERT_TRUE(this->put(this->a_, key, largest).ok());
  EXPECT_EQ(this->get(this->a_, key), largest);
  const Status refused = this->put(this->a_, key, largest + "x");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
  EXPECT_THAT(refused.error().message, testing::HasSubstr(std::to_string(TypeParam::kEntryBytesMax)));
}

TYPED_TEST_P(CacheContract, RefusesATimeToLiveBelowAMillisecond) {
  const Status refused = this->put(this->a_, "key", "value", 0);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_TRUE(this->put(this->a_, "key", "value", 1).ok());
}

TYPED_TEST_P(CacheContract, KeepsManyEntriesWhileThereIsSpace) {
  for (int i = 0; i < 1'000; ++i)
    ASSERT_TRUE(this->put(this->a_, std::to_string(i), std::string(90, 'v')).ok());
  int kept = 0;
  for (int i = 0; i < 1'000; ++i) kept += this->get(this->a_, std::to_string(i)).has_value() ? 1 : 0;
  EXPECT_EQ(kept, 1'000);
}

TYPED_TEST_P(CacheContract, ThreadsSeeWholeValues) {
  constexpr int kThreads = 4;
  const auto work = [&](int thread) {
    const std::string mine(64, static_cast<char>('a' + thread));
    for (int i = 0; i < 500; ++i) {
      const std::string key = std::to_string(i % 7);
      EXPECT_TRUE(this->put(this->a_, key, mine).ok());
      const auto seen = this->get(this->a_, key);
      EXPECT_TRUE(!seen || *seen == std::string(64, seen->front()));
      EXPECT_TRUE(i % 11 != 0 || this->erase(this->a_, key).ok());
    }
  };
  std::vector<os::Thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back("cache-user", [&, i](std::stop_token) { work(i); });
}

REGISTER_TYPED_TEST_SUITE_P(CacheContract, ReturnsWhatWasPut, AnEmptyValueIsNotAnAbsentOne, TheLastPutWins,
                            ErasesAKey, TenantsNeverMeet, ForgetsAfterItsTimeToLive, APutStartsANewTimeToLive,
                            AJumpOfTheWallClockChangesNothing, RefusesAnEntryBeyondTheLimitAndKeepsTheRest,
                            RefusesATimeToLiveBelowAMillisecond, KeepsManyEntriesWhileThereIsSpace,
                            ThreadsSeeWholeValues);

}  // namespace weir::cache
