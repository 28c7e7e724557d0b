#include "query/refusals.h"

#include <gtest/gtest.h>

namespace weir::query {
namespace {

TEST(Refusals, GroupDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(12'345'678), "12,345,678");
}

TEST(Refusals, OfPointsNameTheSmallestStepThatFits) {
  Limits limits;
  EXPECT_EQ(
      too_many_points(86'400'000, 1'000, limits),
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
      "(?step=XX): 86,401 points are asked for; the smallest step that fits is 7s855ms "
      "(query_points_per_series_max)");
  // It fits, and no smaller one does.
  for (const int64_t span_ms : {3'000, 2'999, 3'001, 10'000'019}) {
    for (const uint32_t most : {1u, 2u, 3u, 1'000u}) {
      limits.query_points_per_series_max = most;
      const std::string text = too_many_points(span_ms, 1, limits);
      const int64_t step_ms = span_ms / most + 1;
      EXPECT_LE(span_ms / step_ms + 1, most);
      EXPECT_GT(span_ms / (step_ms - 1) + 1, most);
      EXPECT_NE(text.find("the smallest step that fits is "), std::string::npos) << text;
    }
  }
}

TEST(Refusals, OfSeriesSayHowManyThereAre) {
  Limits limits;
  limits.query_series_max = 1'000;
  EXPECT_EQ(too_many_series({1'234, true, 0}, limits).message,
            "query: 1,234 series match, more than 1,000 (query_series_max)");
  EXPECT_EQ(
      too_many_series({2'001, false, 400}, limits).message,
      "query: at least 2,001 series match after 400 of other selectors, more than 1,000 (query_series_max)");
}

TEST(Refusals, JudgeTheWholeByTheShareThatWasDone) {
  const Error error = resource_exhausted("x");
  EXPECT_EQ(with_progress(error, {412, 12'011}, {0, 50'000'000, "samples"}).message,
            "x; 412 of about 12,000 series of this selector are done, so the query needs about 1,460,000,000 "
            "samples");
  EXPECT_EQ(with_progress(error, {10, 20}, {700, 1'000, "bytes"}).message,
            "x; 10 of about 20 series of this selector are done, so the query needs about 1,300 bytes");
  EXPECT_EQ(with_progress(error, {10, 10}, {}).message, "x; all 10 series of this selector are done");
  EXPECT_EQ(with_progress(error, {10, std::nullopt}, {0, 1'000, "samples"}).message,
            "x; 10 series of this selector are done");
}

TEST(Refusals, BeginAsThoseOfPrometheus) {
  EXPECT_TRUE(too_many_samples({}).message.starts_with(
      "query processing would load too many samples into memory in query execution"));
  EXPECT_EQ(out_of_time(os::milliseconds(30'000), 12, 3'456).message,
            "query timed out in expression evaluation after 30s: 12 series with 3,456 samples were read");
}

}  // namespace
}  // namespace weir::query
