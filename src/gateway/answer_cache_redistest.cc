#include <cstdlib>

#include <gtest/gtest.h>

#include "cache/redis/redis_cache.h"
#include "gateway/answer_cache.h"
#include "os/random.h"
#include "store/memory/memory_store.h"
#include "support/tcp_proxy.h"

// Answers while Redis does what servers do. Whatever that is, they are those of an evaluation.
namespace weir::gateway {
namespace {

using resilience::BreakerState;

constexpr TimestampMs kMinute = 60'000;

class AnswersWithRedis : public testing::Test {
 protected:
  void SetUp() override {
    const char* address = std::getenv("WEIR_TEST_REDIS");
    if (address == nullptr) GTEST_SKIP() << "WEIR_TEST_REDIS is not set: run by tests/services/run.py";
    proxy_.emplace(address);
    client_.emplace(redis::ClientOptions{.address = proxy_->address(), .database = 10}, clock_, registry_);
    cache_ = cache::redis::create({}, *client_, clock_, registry_);
    for (int i = 0; i < 100; ++i)
      store_.append(tenant_, Labels::of({{"__name__", "m"}}), i * kMinute, i / 7.0);
    answers_.emplace(AnswerCacheOptions(), engine_, store_, *cache_, clock_, registry_);
  }

  Answer ask(const AnswerCache& answers, std::string_view text, bool reusable = true) {
    const Question question{text, {10 * kMinute, 90 * kMinute, kMinute}, false, reusable};
    const auto answer = answers.answer(question, {tenant_, limits_, Deadline::never()});
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return *answer;
  }
  /// Asks, expects the answer of an evaluation, and says where it was from.
  AnswerSource source_of(std::string_view text) {
    const Answer answer = ask(*answers_, text);
    EXPECT_EQ(answer.json, ask(*answers_, text, false).json);
    return answer.source;
  }
  double ms_of(const std::function<void()>& work) {
    const os::SteadyTime started = clock_.steady();
    work();
    return std::chrono::duration<double, std::milli>(clock_.steady() - started).count();
  }
  void command(std::vector<std::string_view> arguments) {
    ASSERT_TRUE(client_->command(arguments, Deadline::after(clock_, os::milliseconds(5'000))).ok());
  }
  BreakerState breaker() { return client_->breaker().status().state; }

  // Right answers while it is away, and few that wait for it: until the breaker opens, each within its 50 ms.
  void expect_right_answers_without() {
    double longest_ms = 0;
    for (int i = 0; i < 60; ++i) {
      longest_ms = std::max(longest_ms, ms_of([&] { EXPECT_EQ(source_of("m"), AnswerSource::kError); }));
    }
    EXPECT_EQ(breaker(), BreakerState::kOpen);
    EXPECT_LT(longest_ms, 250) << "50 ms, and what a busy machine takes";
    const double all_ms = ms_of([&] {
      for (int i = 0; i < 20; ++i) EXPECT_EQ(source_of("m"), AnswerSource::kError);
    });
    EXPECT_LT(all_ms, 20 * 50) << "nobody waits while it is open";
  }
  void expect_recovery() {
    const Deadline deadline = Deadline::after(clock_, os::milliseconds(60'000));
    while (source_of("m") != AnswerSource::kHit) {
      ASSERT_FALSE(deadline.passed(clock_));
      clock_.sleep_until(clock_.steady() + os::milliseconds(5), {});
    }
  }

  os::Clock& clock_ = os::system_clock();
  const TenantId tenant_ = TenantId::from_stored(os::random_seed() >> 8);
  const Limits limits_;
  telemetry::Registry registry_;
  store::MemoryStore store_;
  const query::Engine engine_{store_, query::EngineOptions(), clock_};
  std::optional<test::TcpProxy> proxy_;
  std::optional<redis::Client> client_;
  std::unique_ptr<cache::Cache> cache_;
  std::optional<AnswerCache> answers_;
};

TEST_F(AnswersWithRedis, AreSharedByProcesses) {
  const auto other_cache = cache::redis::create({}, *client_, clock_, registry_);
  const AnswerCache other(AnswerCacheOptions(), engine_, store_, *other_cache, clock_, registry_);
  const Answer first = ask(*answers_, "m");
  const Answer second = ask(other, "m");
  EXPECT_EQ(first.source, AnswerSource::kMiss);
  EXPECT_EQ(second.source, AnswerSource::kHit);
  EXPECT_EQ(first.json, second.json);
  store_.append(tenant_, Labels::of({{"__name__", "m"}}), kMinute + 1, 1);
  EXPECT_EQ(ask(other, "m").source, AnswerSource::kMiss);
}

TEST_F(AnswersWithRedis, AreRightAfterAFlush) {
  EXPECT_EQ(source_of("m"), AnswerSource::kMiss);
  EXPECT_EQ(source_of("m"), AnswerSource::kHit);
  command({"FLUSHDB"});
  EXPECT_EQ(source_of("m"), AnswerSource::kMiss);
  EXPECT_EQ(source_of("m"), AnswerSource::kHit);
}

TEST_F(AnswersWithRedis, AreRightWhileItIsFrozen) {
  EXPECT_EQ(source_of("m"), AnswerSource::kMiss);
  proxy_->freeze();
  expect_right_answers_without();
  proxy_->pass();
  expect_recovery();
}

TEST_F(AnswersWithRedis, AreRightWhileItIsGone) {
  EXPECT_EQ(source_of("m"), AnswerSource::kMiss);
  proxy_->refuse();
  expect_right_answers_without();
  proxy_->pass();
  expect_recovery();
}

TEST_F(AnswersWithRedis, AreRightWhenConnectionsAreCut) {
  const std::vector<std::string> texts = {"m", "m * 2", "rate(m[5m])", "sum(m)"};
  for (int i = 0; i < 40; ++i) {
    if (i % 3 == 0) proxy_->cut();
    // Answers that end in the middle of an entry.
    if (i % 5 == 0) proxy_->cut_after(static_cast<size_t>(i * 7));
    if (i % 5 == 3) proxy_->pass();
    source_of(texts[static_cast<size_t>(i) % texts.size()]);
  }
  proxy_->pass();
  expect_recovery();
}

TEST_F(AnswersWithRedis, AreRightWhenItAnswersNonsense) {
  proxy_->answer("$5\r\nhello\r\n");
  for (int i = 0; i < 5; ++i) EXPECT_NE(source_of("m"), AnswerSource::kHit);
  proxy_->answer("no protocol at all");
  for (int i = 0; i < 5; ++i) EXPECT_NE(source_of("m"), AnswerSource::kHit);
}

// An entry of a format that nobody knows, in the place where ours belongs.
TEST_F(AnswersWithRedis, AreRightBesideBrokenEntries) {
  EXPECT_EQ(source_of("m"), AnswerSource::kMiss);
  const auto names = client_->command(
      std::vector<std::string_view>{"KEYS", "weir:c:" + std::to_string(tenant_.value()) + ":*"},
      Deadline::after(clock_, os::milliseconds(5'000)));
  ASSERT_TRUE(names.ok());
  ASSERT_EQ(names->items.size(), 1u);
  command({"SETRANGE", names->items[0].text, "60", std::string(200, '\xff')});
  EXPECT_NE(source_of("m"), AnswerSource::kHit);
}

}  // namespace
}  // namespace weir::gateway
