#include "query/budget.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "query/engine.h"
#include "query/value.h"
#include "store/memory/memory_store.h"

namespace weir::query {
namespace {

constexpr size_t kSteps = 100;

class BudgetTest : public testing::Test {
 protected:
  BudgetTest() {
    for (int i = 0; i < 10; ++i) {
      const Labels labels = Labels::of({{"__name__", "m"}, {"i", std::to_string(i)}});
      for (size_t at = 0; at < kSteps; ++at)
        store_.append(tenant_, labels, static_cast<TimestampMs>(at) * 1000, 1);
    }
  }
  Result<QueryResult> range(std::string_view text) {
    return engine_.range({tenant_, limits_, deadline_}, text, {0, (kSteps - 1) * 1000, 1000});
  }
  uint64_t peak(std::string_view text) {
    const auto result = range(text);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result->stats.peak_bytes;
  }
  std::string refusal(std::string_view text) {
    const auto result = range(text);
    EXPECT_FALSE(result.ok()) << text;
    if (result.ok()) return "";
    EXPECT_EQ(result.error().code, Code::kResourceExhausted);
    return result.error().message;
  }

  store::MemoryStore store_;
  os::sim::ManualClock clock_;
  const TenantId tenant_ = TenantId::from_stored(1);
  Limits limits_;
  Deadline deadline_ = Deadline::never();
  const Engine engine_{store_, EngineOptions(), clock_};
};

constexpr uint64_t kVector = 10 * kSteps * sizeof(double);

TEST_F(BudgetTest, CountsWhatIsHeldAtOnce) {
  const uint64_t one = peak("m");
  EXPECT_GE(one, kVector);
  EXPECT_LT(one, 2 * kVector);
  EXPECT_GE(peak("m + m"), 2 * kVector) << "both operands";
  EXPECT_LT(peak("sum(m) + sum(m) + sum(m) + sum(m)"), one + kVector) << "what is summed up is gone";
  EXPECT_LT(peak("abs(abs(abs(m)))"), one + kVector);
}

TEST_F(BudgetTest, RefusesMoreThanItsMemory) {
  limits_.query_memory_bytes_max = peak("m");
  EXPECT_TRUE(range("m").ok());
  limits_.query_memory_bytes_max += kVector / 2;
  const std::string message = refusal("m + m");
  EXPECT_TRUE(message.starts_with("query: would hold ")) << message;
  EXPECT_NE(message.find(" (query_memory_bytes_max)"), std::string::npos) << message;
  EXPECT_NE(message.find(" of about 10 series of this selector are done, so the query needs about "),
            std::string::npos)
      << message;
}

TEST_F(BudgetTest, CountsTheSamplesOfARangeVector) {
  const auto result = engine_.instant({tenant_, limits_, deadline_}, "m[100s]", (kSteps - 1) * 1000);
  EXPECT_GE(result->stats.peak_bytes, 10 * kSteps * sizeof(Sample));
  EXPECT_LE(result->stats.peak_bytes, 11 * kSteps * sizeof(Sample)) << "with the series being read";
  limits_.query_memory_bytes_max = 10 * kSteps * sizeof(Sample) - 1;
  EXPECT_FALSE(engine_.instant({tenant_, limits_, deadline_}, "m[100s]", (kSteps - 1) * 1000).ok());
}

TEST_F(BudgetTest, AHistogramThatStandsAtManyStepsCountsOnce) {
  Series series{Labels(), Column(10, 1), HistogramColumn(10)};
  const uint64_t empty = size_bytes(Value(Vector{series}));
  const auto histogram = std::make_shared<const Histogram>();
  for (HistogramPtr& at : series.histograms) at = histogram;
  EXPECT_EQ(size_bytes(Value(Vector{series})), empty + histogram->size_bytes());
  series.histograms[5] = std::make_shared<const Histogram>();
  EXPECT_EQ(size_bytes(Value(Vector{series})), empty + 3 * histogram->size_bytes());
  EXPECT_EQ(size_bytes(Value(Column(3))), 24u);
}

TEST_F(BudgetTest, SaysHowManySamplesThereWouldBe) {
  limits_.query_samples_max = 250;
  EXPECT_EQ(
      refusal("rate(m[5s])"),
      "query processing would load too many samples into memory in query execution: more than 250 "
      "(query_samples_max); 3 of about 10 series of this selector are done, so the query needs about 1,000 "
      "samples");
  limits_.query_samples_max = 1'250;
  EXPECT_NE(refusal("sum(m) + sum(rate(m[5s]))").find("needs about 2,000 samples"), std::string::npos)
      << "with those of selectors before";
}

TEST_F(BudgetTest, SaysHowManySeriesMatch) {
  limits_.query_series_max = 7;
  EXPECT_EQ(refusal("m"), "query: 10 series match, more than 7 (query_series_max)");
  limits_.query_series_max = 13;
  EXPECT_EQ(refusal("m + m"),
            "query: 10 series match after 10 of other selectors, more than 13 (query_series_max)");
  limits_.query_series_max = 4;
  EXPECT_EQ(refusal("m"), "query: at least 9 series match, more than 4 (query_series_max)")
      << "counting ends at twice as many";
}

TEST_F(BudgetTest, SaysHowFarItGotInTime) {
  os::sim::ManualClock& clock = clock_;
  Limits limits;
  Budget budget(limits, Deadline::after(clock, os::milliseconds(2'500)), clock, nullptr);
  SampleColumns samples;
  samples.push_back(1, 1);
  budget.begin_read();
  EXPECT_TRUE(budget.read_series(samples, 0).ok());
  clock.advance(os::milliseconds(2'500));
  const Status late = budget.read_series(samples, 0);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(budget.end_read(late.error(), 8),
            deadline_exceeded(
                "query timed out in expression evaluation after 2s500ms: 2 series with 2 samples were "
                "read; 2 of about 8 series of this selector are done"));
}

TEST_F(BudgetTest, LeavesOtherErrorsAlone) {
  const Budget budget(limits_, deadline_, clock_, nullptr);
  EXPECT_EQ(budget.end_read(failed_precondition("x"), 20), failed_precondition("x"));
}

}  // namespace
}  // namespace weir::query
