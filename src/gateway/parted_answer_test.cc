#include "gateway/parted_answer.h"

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cache/memory/memory_cache.h"
#include "os/random.h"
#include "os/sim/manual_clock.h"
#include "store/memory/memory_store.h"
#include "support/random_expression.h"

namespace weir::gateway {
namespace {

constexpr int64_t kMinute = 60'000;
const TenantId kTenant = TenantId::from_stored(1);

class PartedAnswerTest : public testing::Test {
 protected:
  void add(std::string_view name, TimestampMs at_ms, double value) {
    store_.append(kTenant, Labels::of({{"__name__", name}, {"job", "j"}}), at_ms, value);
  }
  Result<Answer> ask(std::string_view text, const query::Engine::Range& range, bool reusable = true) {
    return answers_.answer({.text = text, .range = range, .reusable = reusable},
                           {kTenant, limits_, Deadline::never()});
  }
  AnswerSource source_of(std::string_view text, TimestampMs start_ms, TimestampMs end_ms) {
    return ask(text, {start_ms, end_ms, kMinute}).value().source;
  }
  uint64_t steps(std::string_view result) {
    return registry_
        .counter("weir_query_cache_steps_total",
                 "Steps of range queries that are answered in parts, by where they were from.",
                 {{"result", std::string(result)}})
        .value();
  }

  os::sim::ManualClock clock_;
  telemetry::Registry registry_;
  std::unique_ptr<cache::Cache> cache_ = cache::memory::create({}, clock_, registry_);
  store::MemoryStore store_;
  const query::Engine engine_{store_, query::EngineOptions(), clock_};
  Limits limits_;
  AnswerCache answers_{{}, engine_, store_, *cache_, clock_, registry_};
};

TEST_F(PartedAnswerTest, OnlyWhatIsNewIsEvaluatedAsARangeMovesOn) {
  for (int i = 0; i < 1'000; ++i) add("m", i * kMinute, i);
  EXPECT_EQ(source_of("m", 3 * kHourMs + kMinute, 9 * kHourMs), AnswerSource::kMiss);
  EXPECT_EQ(steps("evaluated"), 360u);
  add("m", 9 * kHourMs + kMinute, 1);
  EXPECT_EQ(source_of("m", 3 * kHourMs + 2 * kMinute, 9 * kHourMs + kMinute), AnswerSource::kPartial);
  EXPECT_EQ(steps("found"), 300u) << "of 4 to 9 o'clock";
  EXPECT_EQ(steps("evaluated"), 420u) << "the rest of the first hour, which was never whole, and of the last";
}

TEST_F(PartedAnswerTest, AllPartsMakeAHit) {
  for (int i = 0; i < 1'000; ++i) add("m", i * kMinute, i);
  EXPECT_EQ(source_of("m", kHourMs, 6 * kHourMs - kMinute), AnswerSource::kMiss);
  EXPECT_EQ(source_of("m", 2 * kHourMs, 5 * kHourMs - kMinute), AnswerSource::kHit);
  EXPECT_EQ(source_of("m", kHourMs + 30 * kMinute, 5 * kHourMs - kMinute), AnswerSource::kHit)
      << "the first part was whole";
}

TEST_F(PartedAnswerTest, ALateSampleCostsItsPartsAlone) {
  for (int i = 0; i < 1'000; ++i) add("m", i * kMinute, i);
  const auto ask_again = [&] { return source_of("sum(m)", kHourMs, 9 * kHourMs - kMinute); };
  EXPECT_EQ(ask_again(), AnswerSource::kMiss);
  EXPECT_EQ(ask_again(), AnswerSource::kHit);
  add("n", 4 * kHourMs + 30 * kMinute, 1);
  EXPECT_EQ(ask_again(), AnswerSource::kPartial);
  EXPECT_EQ(steps("evaluated"), 480u + 120u) << "its hour, and the next, whose first steps look back into it";
}

TEST_F(PartedAnswerTest, OtherGridsHaveOtherParts) {
  for (int i = 0; i < 1'000; ++i) add("m", i * kMinute, i);
  EXPECT_EQ(source_of("m", kHourMs, 6 * kHourMs - kMinute), AnswerSource::kMiss);
  EXPECT_EQ(source_of("m", kHourMs + 1, 6 * kHourMs - kMinute + 1), AnswerSource::kMiss);
}

TEST_F(PartedAnswerTest, IsNotForWhatReadsFarBack) {
  for (int i = 0; i < 1'000; ++i) add("m", i * kMinute, i);
  for (const char* text : {"max_over_time(m[1d])", "m + start()", "rate({job='j'}[5m])"}) {
    EXPECT_EQ(source_of(text, 3 * kHourMs, 9 * kHourMs), AnswerSource::kMiss) << text;
    EXPECT_EQ(source_of(text, 3 * kHourMs + kMinute, 9 * kHourMs + kMinute), AnswerSource::kMiss) << text;
  }
  EXPECT_EQ(steps("found") + steps("evaluated"), 0u);
}

TEST_F(PartedAnswerTest, NotesComeWithTheirPart) {
  for (int i = 0; i < 1'000; ++i) add("m", i * kMinute, i);
  const Answer first = ask("rate(m[5m])", {kHourMs, 9 * kHourMs - kMinute, kMinute}).value();
  const Answer moved = ask("rate(m[5m])", {2 * kHourMs, 9 * kHourMs, kMinute}).value();
  EXPECT_EQ(moved.source, AnswerSource::kPartial);
  EXPECT_NE(first.json.find("metric might not be a counter"), std::string::npos);
  EXPECT_NE(moved.json.find("metric might not be a counter"), std::string::npos);
}

std::string without_notes(const std::string& json) {
  return json.substr(0, std::min({json.size() - 1, json.find(",\"warnings\""), json.find(",\"infos\"")}));
}

// Dashboards that move on, jump and come back, beside samples that come in order and late: each answer is
// what an evaluation says at that moment.
TEST_F(PartedAnswerTest, IsWhatAnEvaluationSays) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  os::Random random(seed);
  query::RandomExpression expressions(random);
  std::vector<std::string> texts;
  TimestampMs now_ms = 10 * kHourMs;
  const auto write = [&](TimestampMs at_ms) {
    if (random.below(5) > 0) add("m", at_ms, static_cast<double>(random.below(300)));
    if (random.below(3) > 0) add("n", at_ms, static_cast<double>(random.below(300)));
  };
  for (TimestampMs at_ms = 0; at_ms < now_ms; at_ms += 2 * kMinute) write(at_ms);
  for (int i = 0; i < 40; ++i) texts.push_back(expressions.vector(3));
  for (int round = 0; round < 3'000 && !HasFailure(); ++round) {
    if (random.below(3) == 0) write(now_ms += kMinute);
    if (random.below(10) == 0) write(static_cast<TimestampMs>(random.below(static_cast<uint64_t>(now_ms))));
    const std::string& text = texts[random.below(texts.size())];
    const int64_t step_ms = std::array{kMinute, 7 * kMinute, 90 * kMinute}[random.below(3)];
    const TimestampMs end_ms = now_ms / step_ms * step_ms - step_ms * static_cast<int64_t>(random.below(3));
    const query::Engine::Range range{
        end_ms - (3 + static_cast<int64_t>(random.below(2)) * 5) * kHourMs / step_ms * step_ms, end_ms,
        step_ms};
    const auto cached = ask(text, range);
    const auto evaluated = ask(text, range, false);
    ASSERT_EQ(cached.ok(), evaluated.ok()) << text;
    if (!cached.ok()) continue;
    EXPECT_EQ(without_notes(cached->json), without_notes(evaluated->json))
        << text << " from " << range.start_ms << " to " << range.end_ms << " step " << step_ms;
  }
  EXPECT_GT(steps("found"), 1'000u);
}

}  // namespace
}  // namespace weir::gateway
