#include "gateway/answer_cache.h"

#include <gtest/gtest.h>

#include "cache/memory/memory_cache.h"
#include "os/sim/manual_clock.h"
#include "store/memory/memory_store.h"

namespace weir::gateway {
namespace {

constexpr TimestampMs kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;

/// A cache that fails, or tells how it was used.
class ProbedCache final : public cache::Cache {
 public:
  explicit ProbedCache(cache::Cache& cache) : cache_(cache) {}
  Result<std::optional<std::string>> get(TenantId tenant, std::string_view key, Deadline deadline) override {
    ++gets;
    keys.emplace_back(key);
    if (fails) return unavailable("no cache");
    return cache_.get(tenant, key, deadline);
  }
  Status put(TenantId tenant, std::string_view key, std::string_view value, os::milliseconds ttl,
             Deadline deadline) override {
    ++puts;
    last_ttl = ttl;
    if (fails) return unavailable("no cache");
    return cache_.put(tenant, key, garbles ? std::string_view("z nonsense") : value, ttl, deadline);
  }
  Status erase(TenantId tenant, std::string_view key, Deadline deadline) override {
    return cache_.erase(tenant, key, deadline);
  }

  bool fails = false;
  bool garbles = false;
  int gets = 0;
  int puts = 0;
  os::milliseconds last_ttl{0};
  std::vector<std::string> keys;

 private:
  cache::Cache& cache_;
};

/// A store whose fingerprints may be away, and whose reads take time.
class ProbedStore final : public store::MemoryStore {
 public:
  explicit ProbedStore(os::sim::ManualClock& clock) : clock_(clock) {}
  Result<uint64_t> fingerprint(TenantId tenant, TimeRange range, Deadline deadline) override {
    ++fingerprints;
    if (fails) return unavailable("no fingerprint");
    return MemoryStore::fingerprint(tenant, range, deadline);
  }
  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override {
    ++selects;
    clock_.advance(read_takes);
    return MemoryStore::select(tenant, request, deadline);
  }

  bool fails = false;
  int fingerprints = 0;
  int selects = 0;
  os::milliseconds read_takes{5};

 private:
  os::sim::ManualClock& clock_;
};

class AnswerCacheTest : public testing::Test {
 protected:
  AnswerCacheTest() { restart({}); }
  void restart(const AnswerCacheOptions& options) {
    answers_.emplace(options, engine_, store_, cache_, clock_, registry_);
  }
  void add(TimestampMs at_ms, double value, TenantId tenant = TenantId::from_stored(1)) {
    store_.append(tenant, Labels::of({{"__name__", "m"}}), at_ms, value);
  }
  Result<Answer> ask(const Question& question, TenantId tenant = TenantId::from_stored(1)) {
    return answers_->answer(question, {tenant, limits_, Deadline::never()});
  }
  AnswerSource source_of(const Question& question, TenantId tenant = TenantId::from_stored(1)) {
    const auto answer = ask(question, tenant);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer->source;
  }
  static Question at(std::string_view text, TimestampMs time) { return {text, {time, time, 1}, true, true}; }
  static Question range(std::string_view text, TimestampMs start, TimestampMs end) {
    return {text, {start, end, kMinute}, false, true};
  }
  double counted(std::string_view result) {
    return static_cast<double>(registry_
                                   .counter("weir_query_cache_requests_total",
                                            "Queries, by whether their answer came from the cache.",
                                            {{"result", std::string(result)}})
                                   .value());
  }

  os::sim::ManualClock clock_;
  telemetry::Registry registry_;
  std::unique_ptr<cache::Cache> memory_ = cache::memory::create({}, clock_, registry_);
  ProbedCache cache_{*memory_};
  ProbedStore store_{clock_};
  const query::Engine engine_{store_, query::EngineOptions(), clock_};
  Limits limits_;
  std::optional<AnswerCache> answers_;
};

TEST_F(AnswerCacheTest, AnswersTheSameTwiceAndReadsOnce) {
  for (int i = 0; i < 600; ++i) add(i * kMinute, i / 7.0);
  for (const Question& question :
       {range("m", kHour, 10 * kHour), range("m * 2", kHour, kHour), at("m", kHour), at("m[10m]", kHour)}) {
    const Answer first = ask(question).value();
    const int selects = store_.selects;
    const Answer second = ask(question).value();
    EXPECT_EQ(first.source, AnswerSource::kMiss);
    EXPECT_EQ(second.source, AnswerSource::kHit);
    EXPECT_EQ(first.json, second.json);
    EXPECT_EQ(store_.selects, selects);
  }
  EXPECT_EQ(counted("hit"), 4);
  EXPECT_EQ(counted("miss"), 4);
}

TEST_F(AnswerCacheTest, ForgetsWhereDataChanged) {
  add(kHour, 1);
  const Question question = range("m", kHour, 2 * kHour);
  EXPECT_EQ(source_of(question), AnswerSource::kMiss);
  EXPECT_EQ(source_of(question), AnswerSource::kHit);
  add(10 * kHour, 1);
  EXPECT_EQ(source_of(question), AnswerSource::kHit) << "of no concern";
  add(kHour, 2, TenantId::from_stored(2));
  EXPECT_EQ(source_of(question), AnswerSource::kHit) << "another tenant's";
  add(kHour - 1, 2);  // late
  EXPECT_EQ(source_of(question), AnswerSource::kMiss);
  EXPECT_EQ(source_of(question), AnswerSource::kHit);
}

TEST_F(AnswerCacheTest, KeepsApartWhatIsNotTheSame) {
  add(kHour, 1);
  add(kHour, 2, TenantId::from_stored(2));
  const Question question = range("m", kHour, 2 * kHour);
  EXPECT_EQ(source_of(question), AnswerSource::kMiss);
  EXPECT_EQ(source_of(question, TenantId::from_stored(2)), AnswerSource::kMiss);
  Question other = question;
  other.range.step_ms += 1;
  EXPECT_EQ(source_of(other), AnswerSource::kMiss);
  EXPECT_EQ(source_of(range("m", kHour, 2 * kHour + 1)), AnswerSource::kMiss);
  EXPECT_EQ(source_of(range("m ", kHour, 2 * kHour)), AnswerSource::kMiss);
  EXPECT_EQ(source_of(range("m", kHour, kHour)), AnswerSource::kMiss);
  EXPECT_EQ(source_of(at("m", kHour)), AnswerSource::kMiss) << "the same time, another form of answer";
  limits_.query_series_max = 10;
  EXPECT_EQ(source_of(question), AnswerSource::kMiss);
  limits_.query_memory_bytes_max -= 1;
  EXPECT_EQ(source_of(question), AnswerSource::kMiss);
}

// The printer sorts matchers, and here their order tells.
TEST_F(AnswerCacheTest, TakesTheTextAsItWasSent) {
  const Answer first = ask(at("absent(x{a='1', a=~'1'})", kHour)).value();
  const Answer second = ask(at("absent(x{a=~'1', a='1'})", kHour)).value();
  EXPECT_NE(first.json, second.json);
  EXPECT_EQ(second.source, AnswerSource::kMiss);
}

TEST_F(AnswerCacheTest, AWarningIsPartOfTheAnswer) {
  add(kHour, 1);
  const Question question = at("quantile(2, m)", kHour);
  const Answer first = ask(question).value();
  EXPECT_NE(first.json.find("warnings"), std::string::npos);
  const Answer second = ask(question).value();
  EXPECT_EQ(second.source, AnswerSource::kHit);
  EXPECT_EQ(second.json, first.json);
}

TEST_F(AnswerCacheTest, GoesPastTheCacheWhenAsked) {
  add(kHour, 1);
  Question question = at("m", kHour);
  question.reusable = false;
  EXPECT_EQ(source_of(question), AnswerSource::kBypass);
  EXPECT_EQ(source_of(question), AnswerSource::kBypass);
  EXPECT_EQ(cache_.gets + cache_.puts + store_.fingerprints, 0);
  restart({.ttl = os::milliseconds(0)});
  EXPECT_EQ(source_of(at("m", kHour)), AnswerSource::kBypass);
  EXPECT_EQ(counted("bypass"), 3);
}

TEST_F(AnswerCacheTest, WhatReadsNoDataIsComputed) {
  EXPECT_EQ(source_of(at("time()", kHour)), AnswerSource::kBypass);
  EXPECT_EQ(source_of(range("vector(1)", kHour, 2 * kHour)), AnswerSource::kBypass);
  EXPECT_EQ(cache_.gets + store_.fingerprints, 0);
}

TEST_F(AnswerCacheTest, FailuresAreNotKept) {
  add(kHour, 1);
  EXPECT_EQ(ask(at("m +", kHour)).error().code, Code::kInvalidArgument);
  EXPECT_EQ(ask(range("m[1m]", kHour, 2 * kHour)).error().code, Code::kInvalidArgument);
  EXPECT_EQ(ask(range("m", kHour, 0)).error().code, Code::kInvalidArgument);
  limits_.query_samples_max = 0;
  EXPECT_EQ(ask(at("m", kHour)).error().code, Code::kResourceExhausted);
  EXPECT_EQ(cache_.puts, 0);
}

TEST_F(AnswerCacheTest, ACacheThatIsAwayCostsNoAnswer) {
  add(kHour, 1);
  const Question question = at("m", kHour);
  const Answer right = ask(question).value();
  cache_.fails = true;
  const int puts = cache_.puts;
  const Answer without = ask(question).value();
  EXPECT_EQ(without.source, AnswerSource::kError);
  EXPECT_EQ(field_of(without.source), "bypass");
  EXPECT_EQ(without.json, right.json);
  EXPECT_EQ(cache_.puts, puts) << "not asked again for the same query";
  cache_.fails = false;
  EXPECT_EQ(source_of(question), AnswerSource::kHit);
  store_.fails = true;
  EXPECT_EQ(source_of(question), AnswerSource::kError);
  EXPECT_EQ(counted("error"), 2);
}

TEST_F(AnswerCacheTest, WhatIsNoEntryIsAMiss) {
  add(kHour, 1);
  cache_.garbles = true;
  const Question question = at("m", kHour);
  const Answer first = ask(question).value();
  const Answer second = ask(question).value();
  EXPECT_EQ(second.source, AnswerSource::kMiss);
  EXPECT_EQ(second.json, first.json);
}

TEST_F(AnswerCacheTest, KeepsWhatIsWorthIt) {
  add(kHour, 1);
  restart({.body_bytes_max = 10});
  EXPECT_EQ(source_of(at("m", kHour)), AnswerSource::kMiss);
  EXPECT_EQ(cache_.puts, 0) << "too long";
  restart({.evaluation_min = os::milliseconds(5)});
  store_.read_takes = os::milliseconds(4);
  EXPECT_EQ(source_of(at("m", kHour)), AnswerSource::kMiss);
  EXPECT_EQ(cache_.puts, 0) << "too quick";
  store_.read_takes = os::milliseconds(5);
  EXPECT_EQ(source_of(at("m", kHour)), AnswerSource::kMiss);
  EXPECT_EQ(cache_.puts, 1);
  EXPECT_EQ(cache_.last_ttl, os::milliseconds(600'000));
}

TEST_F(AnswerCacheTest, LongAnswersComeBackWhole) {
  for (int i = 0; i < 20'000; ++i) add(i * 1'000, i / 3.0);
  const Question question = at("m[6h]", 6 * kHour);
  const Answer first = ask(question).value();
  EXPECT_GT(first.json.size(), 400'000u);
  const Answer second = ask(question).value();
  EXPECT_EQ(second.source, AnswerSource::kHit);
  EXPECT_EQ(second.json, first.json);
}

}  // namespace
}  // namespace weir::gateway
