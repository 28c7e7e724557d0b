#include "stream/live/live_delta.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/histogram.h"

namespace weir::stream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

query::ResultSeries series(std::string_view name, double value) {
  query::ResultSeries result;
  result.labels = Labels::of({{kMetricName, name}});
  result.points.push_back(1'000, value);
  return result;
}

TEST(LiveDelta, NamesASeriesOnce) {
  LiveDelta delta(10);
  const LiveFrame first = delta.next(1'000, {series("a", 1), series("b", 2)}).value();
  EXPECT_EQ(first.new_series.size(), 2u);
  EXPECT_THAT(first.changed, ElementsAre(0, 1));
  EXPECT_THAT(first.values, ElementsAre(1, 2));
  const LiveFrame second = delta.next(2'000, {series("a", 1), series("b", 3)}).value();
  EXPECT_THAT(second.new_series, IsEmpty());
  EXPECT_THAT(second.changed, ElementsAre(1));
  EXPECT_THAT(second.values, ElementsAre(3));
  EXPECT_EQ(second.seq, 2u);
}

TEST(LiveDelta, TellsOnceThatASeriesIsGone) {
  LiveDelta delta(10);
  ASSERT_TRUE(delta.next(1'000, {series("a", 1), series("b", 2)}).ok());
  EXPECT_THAT(delta.next(2'000, {series("b", 2)}).value().gone, ElementsAre(0));
  EXPECT_THAT(delta.next(3'000, {series("b", 2)}).value().gone, IsEmpty());
}

TEST(LiveDelta, KeepsTheIndexOfASeriesThatComesBackWithItsOldValue) {
  LiveDelta delta(10);
  ASSERT_TRUE(delta.next(1'000, {series("a", 1)}).ok());
  ASSERT_TRUE(delta.next(2'000, {}).ok());
  const LiveFrame frame = delta.next(3'000, {series("a", 1)}).value();
  EXPECT_THAT(frame.new_series, IsEmpty());
  EXPECT_THAT(frame.changed, ElementsAre(0));
}

TEST(LiveDelta, TakesANaNThatStaysForNoChange) {
  LiveDelta delta(10);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(delta.next(1'000, {series("a", nan)}).value().changed, ElementsAre(0));
  EXPECT_THAT(delta.next(2'000, {series("a", nan)}).value().changed, IsEmpty());
}

query::ResultSeries histograms(std::string_view name) {
  query::ResultSeries result = series(name, 1);
  result.points.push_back(2'000, std::make_shared<const Histogram>());
  return result;
}

TEST(LiveDelta, LeavesHistogramsOut) {
  LiveDelta delta(10);
  ASSERT_TRUE(delta.next(1'000, {series("a", 1)}).ok());
  const LiveFrame frame = delta.next(2'000, {histograms("a"), histograms("b")}).value();
  EXPECT_THAT(frame.gone, ElementsAre(0));
  EXPECT_THAT(frame.new_series, IsEmpty());
  query::ResultSeries alone = histograms("c");
  alone.points.timestamps_ms.erase(alone.points.timestamps_ms.begin());
  alone.points.values.erase(alone.points.values.begin());
  alone.points.histograms.erase(alone.points.histograms.begin());
  const LiveHistory history = delta.history({0, 2'000, 1'000}, {histograms("b"), alone}).value();
  ASSERT_EQ(history.points.size(), 1u);
  EXPECT_THAT(history.points[0].timestamps_ms, ElementsAre(1'000));
  EXPECT_THAT(history.points[0].values, ElementsAre(1));
}

TEST(LiveDelta, RefusesMoreSeriesThanASubscriptionMayHave) {
  LiveDelta delta(2);
  EXPECT_TRUE(delta.next(1'000, {series("a", 1), series("b", 2)}).ok());
  EXPECT_EQ(delta.next(2'000, {series("c", 1)}).error().code, Code::kResourceExhausted);
}

TEST(LiveDelta, SendsTheValueAgainAfterAHistoryThatNamedTheSeries) {
  LiveDelta delta(10);
  const LiveHistory history = delta.history({0, 1'000, 1'000}, {series("a", 1)}).value();
  EXPECT_EQ(history.new_series.size(), 1u);
  const LiveFrame frame = delta.next(2'000, {series("a", 1)}).value();
  EXPECT_THAT(frame.new_series, IsEmpty());
  EXPECT_THAT(frame.changed, ElementsAre(0));
}

TEST(LiveDelta, LeavesTheOldestTimesOfALongHistoryOut) {
  LiveDelta delta(10, 5);
  std::vector<query::ResultSeries> result(2);
  result[0].labels = Labels::of({{"__name__", "a"}});
  result[1].labels = Labels::of({{"__name__", "b"}});
  for (TimestampMs at = 1'000; at <= 4'000; at += 1'000) result[0].points.push_back(at, 1);
  result[1].points.push_back(1'000, 2);
  const LiveHistory history = delta.history({1'000, 4'500, 1'000}, result).value();
  EXPECT_TRUE(history.truncated);
  EXPECT_EQ(history.start_ms, 3'000) << "two times of two series are four values";
  EXPECT_EQ(history.points[0].timestamps_ms, (std::vector<TimestampMs>{3'000, 4'000}));
  EXPECT_EQ(history.points[1].size(), 0u);
  EXPECT_EQ(history.end_ms, 4'500);
}

}  // namespace
}  // namespace weir::stream
