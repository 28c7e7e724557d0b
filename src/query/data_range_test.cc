#include "query/data_range.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/sim/manual_clock.h"
#include "query/outline.h"
#include "query/parser.h"
#include "store/memory/memory_store.h"
#include "support/random_expression.h"

namespace weir::query {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr Engine::Range kHourly{60 * kMinute, 120 * kMinute, kMinute};
constexpr EngineOptions kOptions{.lookback = os::milliseconds(5 * kMinute)};

TimeRange reach(std::string_view text, const Engine::Range& range = kHourly) {
  const auto expr = parse(text, {});
  EXPECT_TRUE(expr.ok()) << text;
  return data_range(**expr, range, kOptions);
}

// (from, to] in minutes.
TimeRange minutes(int64_t from, int64_t to) {
  return {from * kMinute + 1, to * kMinute};
}

bool is_empty(const TimeRange& range) {
  return range.mint_ms > range.maxt_ms;
}

TEST(DataRange, IsEmptyWithoutData) {
  for (const char* text : {"1", "'x'", "time()", "vector(1)", "-(1 + time())", "hour()", "vector(1)[1h:1m]",
                           "sum_over_time(vector(time())[1h:1m] offset 1h)"}) {
    EXPECT_TRUE(is_empty(reach(text))) << text;
  }
}

TEST(DataRange, HasLookbackAndRanges) {
  EXPECT_EQ(reach("m"), minutes(55, 120));
  EXPECT_EQ(reach("rate(m[20m])"), minutes(40, 120));
  EXPECT_EQ(reach("timestamp(m)"), minutes(55, 120));
  EXPECT_EQ(reach("absent_over_time(m[20m])"), minutes(40, 120));
  EXPECT_EQ(reach("rate(m[20m] anchored)"), minutes(35, 120));
  EXPECT_EQ(reach("rate(m[20m] smoothed)"), minutes(35, 125));
  EXPECT_EQ(reach("m smoothed"), minutes(55, 125));
}

TEST(DataRange, HasWhereInfoSeriesAreLookedUp) {
  EXPECT_EQ(reach("info(vector(1))"), (TimeRange{55 * kMinute, 120 * kMinute}));
  EXPECT_EQ(reach("info(rate(m[1m] offset 30m))"), (TimeRange{24 * kMinute + 1, 120 * kMinute}));
}

TEST(DataRange, FollowsOffsetsOfBothSigns) {
  EXPECT_EQ(reach("m offset 10m"), minutes(45, 110));
  EXPECT_EQ(reach("m offset -10m"), minutes(65, 130));
  EXPECT_EQ(reach("m[20m] offset -1h"), minutes(100, 180));
}

TEST(DataRange, FollowsTheAtModifier) {
  EXPECT_EQ(reach("m @ 1800"), minutes(25, 30));
  EXPECT_EQ(reach("m @ 1800 offset -10m"), minutes(35, 40));
  EXPECT_EQ(reach("m @ start()"), minutes(55, 60));
  EXPECT_EQ(reach("rate(m[20m] @ end())"), minutes(100, 120));
  EXPECT_EQ(reach("sum_over_time(m[20m:1m] @ 1800)"), (TimeRange{5 * kMinute + 2, 30 * kMinute}));
  // start() and end() are the query's, also inside of a subquery.
  EXPECT_EQ(reach("sum_over_time((m @ end())[20m:1m] @ 1800)"), minutes(115, 120));
}

TEST(DataRange, AddsWhatSubqueriesAdd) {
  // The first time inside the window is a millisecond after its begin, and so on inwards.
  EXPECT_EQ(reach("sum_over_time(m[20m:1m])"), (TimeRange{35 * kMinute + 2, 120 * kMinute}));
  EXPECT_EQ(reach("max_over_time(rate(m[10m])[20m:1m] offset -1h)"),
            (TimeRange{90 * kMinute + 2, 180 * kMinute}));
  EXPECT_EQ(reach("max_over_time(max_over_time(m[10m:1m])[20m:1m])"),
            (TimeRange{25 * kMinute + 3, 120 * kMinute}));
}

TEST(DataRange, IsTheHullOfAllParts) {
  EXPECT_EQ(reach("m + n offset 30m"), minutes(25, 120));
  EXPECT_EQ(reach("topk(scalar(k @ 600), m)"), minutes(5, 120));
  EXPECT_EQ(reach("quantile_over_time(scalar(q offset -1h), m[1m])"), minutes(59, 180));
  EXPECT_EQ(reach("label_replace(m @ 6000, 'a', '', '', '')"), minutes(95, 100));
}

TEST(DataRange, BeginsAtZero) {
  EXPECT_EQ(reach("m[3h]"), (TimeRange{0, 120 * kMinute}));
  EXPECT_TRUE(is_empty(reach("m offset 1d")));
}

/// Notes what was asked for; there is nothing to be found but two series.
class Recording : public store::MemoryStore {
 public:
  Result<std::unique_ptr<store::SeriesSet>> select(TenantId tenant, const store::SelectRequest& request,
                                                   Deadline deadline) override {
    asked.push_back(request.range);
    return MemoryStore::select(tenant, request, deadline);
  }
  std::vector<TimeRange> asked;
};

TEST(DataRange, HoldsEverythingThatAnEvaluationReads) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  os::Random random(seed);
  Recording store;
  const TenantId tenant = TenantId::from_stored(1);
  for (int64_t at = 0; at < 300; ++at) {
    store.append(tenant, Labels::of({{"__name__", "m"}}), at * kMinute, static_cast<double>(at));
    store.append(tenant, Labels::of({{"__name__", "n"}, {"n", "1"}, {"job", "j"}}), at * kMinute, 1);
  }
  os::sim::ManualClock clock;
  const Engine engine(store, kOptions, clock);
  const Limits limits;
  const QueryContext context{tenant, limits, Deadline::never()};
  RandomExpression expressions(random);
  int evaluated = 0;
  for (int round = 0; round < 3'000; ++round) {
    const std::string text = expressions.vector(4);
    const auto start_ms = static_cast<TimestampMs>(random.below(300 * kMinute));
    const auto length_ms = static_cast<TimestampMs>(random.below(60 * kMinute));
    const auto step_ms = static_cast<int64_t>(length_ms / 10 + 1);
    const Engine::Range range{start_ms, start_ms + length_ms, step_ms};
    store.asked.clear();
    const bool instant = random.below(4) == 0;
    const bool ok =
        instant ? engine.instant(context, text, range.end_ms).ok() : engine.range(context, text, range).ok();
    evaluated += ok ? 1 : 0;
    const Engine::Range asked = instant ? Engine::Range{range.end_ms, range.end_ms, 0} : range;
    const auto outline = engine.outline(text, asked, context);
    ASSERT_TRUE(outline.ok()) << text << ": " << outline.error().message;
    const TimeRange expected = outline->reach(asked);
    for (const TimeRange& read : store.asked) {
      EXPECT_LE(expected.mint_ms, read.mint_ms) << text;
      EXPECT_GE(expected.maxt_ms, read.maxt_ms) << text;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(evaluated, 1'000);
}

}  // namespace
}  // namespace weir::query
