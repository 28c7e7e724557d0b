#include "query/engine.h"

#include <cmath>

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "query/functions.h"
#include "store/memory/memory_store.h"

namespace weir::query {
namespace {

class EngineTest : public testing::Test {
 protected:
  void add(const Labels& labels, TimestampMs at_ms, double value) {
    store_.append(tenant_, labels, at_ms, value);
  }

  // `count` samples a second apart, from time 0.
  void add_counter(const Labels& labels, int count) {
    for (int i = 0; i < count; ++i) add(labels, i * 1000, i);
  }

  Result<QueryResult> instant(std::string_view text, TimestampMs at_ms) {
    return engine_.instant({tenant_, limits_, deadline_}, text, at_ms);
  }
  Result<QueryResult> range(std::string_view text, const Engine::Range& range) {
    return engine_.range({tenant_, limits_, deadline_}, text, range);
  }
  Code code_of(std::string_view text, TimestampMs at_ms) {
    const auto result = instant(text, at_ms);
    EXPECT_FALSE(result.ok()) << text;
    return result.ok() ? Code::kInternal : result.error().code;
  }

  store::MemoryStore store_;
  os::sim::ManualClock clock_;
  const TenantId tenant_ = TenantId::from_stored(7);
  Limits limits_;
  Deadline deadline_ = Deadline::never();
  Engine engine_{store_, EngineOptions(), clock_};
};

TEST_F(EngineTest, ReturnsTheTypeOfTheExpression) {
  add(Labels::of({{"__name__", "m"}}), 1000, 5);
  EXPECT_EQ(std::get<Scalar>(instant("1 + 1", 2000)->value).value, 2);
  EXPECT_EQ(std::get<Scalar>(instant("1 + 1", 2000)->value).timestamp_ms, 2000);
  EXPECT_EQ(std::get<StringValue>(instant("'x'", 2000)->value).value, "x");
  const auto vector = std::get<VectorValue>(instant("m", 2000)->value);
  ASSERT_EQ(vector.series.size(), 1U);
  EXPECT_EQ(vector.series[0].points.timestamps_ms, std::vector<TimestampMs>{2000});
  const auto matrix = std::get<MatrixValue>(instant("m[1m]", 2000)->value);
  EXPECT_EQ(matrix.series[0].points.timestamps_ms, std::vector<TimestampMs>{1000});
}

TEST_F(EngineTest, RangeOfAScalarIsOneSeriesWithoutLabels) {
  const auto matrix = std::get<MatrixValue>(range("time()", {0, 2500, 1000})->value);
  ASSERT_EQ(matrix.series.size(), 1U);
  EXPECT_TRUE(matrix.series[0].labels.view().empty());
  EXPECT_EQ(matrix.series[0].points.timestamps_ms, (std::vector<TimestampMs>{0, 1000, 2000}));
  EXPECT_EQ(matrix.series[0].points.values, (std::vector<double>{0, 1, 2}));
}

TEST_F(EngineTest, SeesOnlyItsTenant) {
  store_.append(TenantId::from_stored(8), Labels::of({{"__name__", "m"}}), 1000, 5);
  EXPECT_TRUE(std::get<VectorValue>(instant("m", 1000)->value).series.empty());
}

TEST_F(EngineTest, TellsHistogramsFromDoubles) {
  Batch batch;
  Histogram histogram;
  histogram.sum = 7;
  batch.begin_series(Labels::of({{"__name__", "m"}}).view().bytes());
  batch.add_sample(1000, 5);
  batch.add_histogram(2000, histogram);
  batch.begin_series(Labels::of({{"__name__", "h"}}).view().bytes());
  batch.add_histogram(1000, histogram);
  const store::Lease lease = store_.acquire(PartitionId(0), deadline_).value();
  const store::AppliedRecord record{tenant_, Offset(0), &batch};
  store_.commit({lease, {&record, 1}, Offset(1)}, deadline_,
                [](Result<store::CommitReport> report) { EXPECT_EQ(report->appended, 3u); });
  const auto current = [&](std::string_view text, TimestampMs at_ms) {
    const auto result = instant(text, at_ms);
    const auto& series = std::get<VectorValue>(result->value).series;
    EXPECT_EQ(series.size(), 1u) << text;
    return series.empty() ? SampleColumns() : series[0].points;
  };
  EXPECT_EQ(current("m", 1500).histogram(0), nullptr);
  EXPECT_EQ(*current("m", 2000).histogram(0), histogram) << "what is current is the histogram";
  EXPECT_EQ(*current("h", 2000).histogram(0), histogram);
  EXPECT_EQ(current("count_over_time(m[10s])", 2500).values[0], 2);
  EXPECT_EQ(current("max_over_time(m[10s])", 2500).values[0], 5);
  EXPECT_EQ(current("histogram_sum(sum_over_time(h[10s]))", 2500).values[0], 7);
}

TEST_F(EngineTest, CountsHistogramsByTheirSize) {
  Histogram histogram;
  histogram.layout.positive_spans = {{0, 1'000}};
  histogram.positive_buckets.resize(1'000, 1);
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "h"}}).view().bytes());
  for (TimestampMs at_ms = 0; at_ms < 10'000; at_ms += 1'000) batch.add_histogram(at_ms, histogram);
  const store::Lease lease = store_.acquire(PartitionId(0), deadline_).value();
  const store::AppliedRecord record{tenant_, Offset(0), &batch};
  store_.commit({lease, {&record, 1}, Offset(1)}, deadline_, [](Result<store::CommitReport>) {});
  limits_.query_samples_max = 6'000;  // the ten take some 5,200 samples' memory
  EXPECT_TRUE(instant("h", 9'000).ok());
  EXPECT_TRUE(instant("sum_over_time(h[10s])", 9'000).ok());
  const auto result = range("sum_over_time(h[10s])", {0, 20'000, 1'000});
  ASSERT_FALSE(result.ok()) << "each step makes one";
  EXPECT_EQ(result.error().code, Code::kResourceExhausted);
  limits_.query_samples_max = 5'000;
  EXPECT_EQ(code_of("h[10s]", 9'000), Code::kResourceExhausted);
}

TEST_F(EngineTest, SortsByLabelsUnlessTheQueryDoes) {
  add(Labels::of({{"__name__", "m"}, {"k", "b"}}), 1000, 1);
  add(Labels::of({{"__name__", "m"}, {"k", "a"}}), 1000, 2);
  add(Labels::of({{"__name__", "m"}, {"k", "c"}}), 1000, 3);
  const auto order = [&](std::string_view text) {
    std::string keys;
    const auto result = instant(text, 1000);
    for (const ResultSeries& series : std::get<VectorValue>(result->value).series)
      keys += series.labels.view().get("k");
    return keys;
  };
  EXPECT_EQ(order("m"), "abc");
  EXPECT_EQ(order("sort(m)"), "bac");
  EXPECT_EQ(order("sort_desc(m) + 1"), "cab");
  EXPECT_EQ(order("abs(sort_desc(m))"), "cab");
  EXPECT_EQ(order("topk(2, m)"), "ca");
  EXPECT_EQ(order("sort_desc(m) + m"), "abc");
}

TEST_F(EngineTest, CountsWhatItReads) {
  add_counter(Labels::of({{"__name__", "m"}, {"k", "a"}}), 10);
  add_counter(Labels::of({{"__name__", "m"}, {"k", "b"}}), 10);
  const auto result = instant("sum(rate(m[5s]))", 9'000);
  EXPECT_EQ(result->stats.series_read, 2U);
  EXPECT_EQ(result->stats.samples_read, 10U);
}

TEST_F(EngineTest, ReadsASelectorOnceForAllSteps) {
  add_counter(Labels::of({{"__name__", "m"}}), 100);
  EXPECT_EQ(range("rate(m[50s])", {50'000, 99'000, 1'000})->stats.samples_read, 99U);
  EXPECT_EQ(range("rate(m[50s] @ 60)", {50'000, 99'000, 1'000})->stats.samples_read, 50U);
}

TEST_F(EngineTest, LimitsSamples) {
  add_counter(Labels::of({{"__name__", "m"}}), 10);
  limits_.query_samples_max = 10;
  EXPECT_TRUE(instant("count_over_time(m[1m])", 9'000).ok());
  limits_.query_samples_max = 9;
  const auto result = instant("count_over_time(m[1m])", 9'000);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(
      result.error(),
      resource_exhausted("query processing would load too many samples into memory in query execution: more "
                         "than 9 (query_samples_max); all 1 series of this selector are done, so the query "
                         "needs about 10 samples"));
}

TEST_F(EngineTest, LimitsSeries) {
  add(Labels::of({{"__name__", "m"}, {"k", "a"}}), 1000, 1);
  add(Labels::of({{"__name__", "m"}, {"k", "b"}}), 1000, 1);
  limits_.query_series_max = 2;
  EXPECT_TRUE(instant("m", 1000).ok());
  EXPECT_EQ(code_of("m + m", 1000), Code::kResourceExhausted);
  limits_.query_series_max = 1;
  EXPECT_EQ(code_of("m", 1000), Code::kResourceExhausted);
}

TEST_F(EngineTest, LimitsPointsOfASeries) {
  limits_.query_points_per_series_max = 3;
  EXPECT_TRUE(range("1", {0, 2'999, 1'000}).ok());
  EXPECT_EQ(range("1", {0, 3'000, 1'000}).error().code, Code::kResourceExhausted);
}

TEST_F(EngineTest, LimitsStepsOfSubqueries) {
  add_counter(Labels::of({{"__name__", "m"}}), 10);
  const auto result = instant("count_over_time(m[100y:1ms])", 9'000);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kResourceExhausted);
}

// Of MetricsQL; `tests/promql` has what Prometheus has.
TEST_F(EngineTest, LagIsTheAgeOfTheLastSample) {
  add(Labels::of({{"__name__", "m"}}), 1'000, 5);
  add(Labels::of({{"__name__", "m"}}), 11'500, 5);
  const auto lag = [&](std::string_view text, TimestampMs at_ms) {
    const auto vector = std::get<VectorValue>(instant(text, at_ms)->value);
    return vector.series.empty() ? -1 : vector.series[0].points.values[0];
  };
  EXPECT_EQ(lag("lag(m[1m])", 12'000), 0.5);
  EXPECT_EQ(lag("lag(m[1m])", 71'499), 59.999);
  EXPECT_EQ(lag("lag(m[1m])", 71'500), -1);
  EXPECT_EQ(lag("lag(m[1m] offset 2s)", 12'000), 9);
  EXPECT_TRUE(std::get<VectorValue>(instant("lag(m[1m])", 12'000)->value).series[0].labels.view().empty());
}

TEST_F(EngineTest, StopsAtTheDeadline) {
  add_counter(Labels::of({{"__name__", "m"}}), 10);
  deadline_ = Deadline::after(clock_, os::milliseconds(10));
  EXPECT_TRUE(instant("m", 9'000).ok());
  clock_.advance(os::milliseconds(10));
  EXPECT_EQ(code_of("m", 9'000), Code::kDeadlineExceeded);
  EXPECT_EQ(code_of("1", 9'000), Code::kDeadlineExceeded);
}

TEST_F(EngineTest, RefusesRangesThatMakeNoSense) {
  EXPECT_EQ(range("1", {0, 1000, 0}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(range("1", {0, 1000, -1}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(range("1", {1000, 0, 1}).error().code, Code::kInvalidArgument);
  constexpr TimestampMs kLast = std::numeric_limits<TimestampMs>::max();
  EXPECT_EQ(range("1", {-kLast, kLast, 1}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(code_of("1", kLast), Code::kInvalidArgument);
  EXPECT_EQ(range("m[5m]", {0, 1000, 1}).error().message,
            "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
}

TEST_F(EngineTest, TimesFarFromDataAreEmpty) {
  add_counter(Labels::of({{"__name__", "m"}}), 10);
  for (const std::string_view text : {"m offset 292y", "m offset -292y", "m @ 1e11", "m @ -1e11",
                                      "rate(m[290y] offset 290y @ -1e11)", "m offset -290y"}) {
    const auto result = instant(text, 9'000);
    ASSERT_TRUE(result.ok()) << text << result.error().message;
    EXPECT_TRUE(std::get<VectorValue>(result->value).series.empty()) << text;
  }
}

TEST_F(EngineTest, EvaluatesTheLongestChain) {
  add(Labels::of({{"__name__", "m"}}), 1000, 5);
  std::string text = "m";
  for (int i = 0; i < 499; ++i) text += "+1";
  const auto result = instant(text, 1000);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(std::get<VectorValue>(result->value).series[0].points.values[0], 504);
  EXPECT_EQ(code_of(text + "+1", 1000), Code::kResourceExhausted);
}

TEST_F(EngineTest, NamesFunctionsThatAreNotHereYet) {
  add(Labels::of({{"__name__", "m"}}), 1000, 5);
  const auto result = instant("1 + start_timestamp(m)", 1000);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error(), unsupported("function \"start_timestamp\" is not supported yet"));
}

TEST_F(EngineTest, WarnsOfOddQuantiles) {
  add(Labels::of({{"__name__", "m"}}), 1000, 5);
  const auto result = instant("quantile(1.5, m)", 1000);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(
      result->warnings,
      std::vector<std::string>{"PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:10)"});
}

TEST_F(EngineTest, NanIsAValueAndAStaleMarkerIsNone) {
  const Labels labels = Labels::of({{"__name__", "m"}});
  add(labels, 1000, std::nan(""));
  add(labels, 2000, stale_marker());
  const auto there = instant("m", 1000);
  ASSERT_EQ(std::get<VectorValue>(there->value).series.size(), 1U);
  EXPECT_TRUE(std::isnan(std::get<VectorValue>(there->value).series[0].points.values[0]));
  EXPECT_TRUE(std::get<VectorValue>(instant("m", 2000)->value).series.empty());
}

TEST(Functions, AreKnownByName) {
  for (const Function& function : all_functions()) EXPECT_EQ(find_function(function.name), &function);
  EXPECT_EQ(find_function("nope"), nullptr);
  EXPECT_EQ(find_function(""), nullptr);
}

}  // namespace
}  // namespace weir::query
