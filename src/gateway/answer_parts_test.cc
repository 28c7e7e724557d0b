#include "gateway/answer_parts.h"

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::gateway {
namespace {

using query::MatrixValue;
using query::QueryResult;
using Range = query::Engine::Range;

constexpr int64_t kMinute = 60'000;

std::vector<std::pair<TimestampMs, TimestampMs>> wanted(const Range& range) {
  std::vector<std::pair<TimestampMs, TimestampMs>> out;
  for (const AnswerPart& part : parts_of(range)) out.emplace_back(part.wanted.start_ms, part.wanted.end_ms);
  return out;
}

TEST(AnswerParts, AreCutAtWholeHours) {
  const auto parts = parts_of({30 * kMinute, 200 * kMinute, kMinute});
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_FALSE(parts[0].is_whole());
  EXPECT_EQ(parts[0].whole.start_ms, 0);
  EXPECT_EQ(parts[0].wanted.start_ms, 30 * kMinute);
  EXPECT_EQ(parts[0].wanted.end_ms, 59 * kMinute);
  EXPECT_TRUE(parts[1].is_whole());
  EXPECT_EQ(parts[1].whole.end_ms, 119 * kMinute);
  EXPECT_EQ(parts[3].wanted.end_ms, 200 * kMinute);
  EXPECT_EQ(parts[3].whole.end_ms, 239 * kMinute);
}

TEST(AnswerParts, ThereAreNoneOfShortRanges) {
  EXPECT_TRUE(parts_of({0, kHourMs, kMinute}).empty());
  EXPECT_TRUE(parts_of({kHourMs - 1, 2 * kHourMs - 1, kMinute}).empty());
  EXPECT_TRUE(parts_of({5, 4, 1}).empty());
  EXPECT_TRUE(parts_of({-kHourMs, 5 * kHourMs, kMinute}).empty());
}

TEST(AnswerParts, AreAFewOfLongRanges) {
  for (const int64_t hours : {2, 8, 9, 24, 720, 8'760}) {
    const auto parts = parts_of({kHourMs / 2, kHourMs / 2 + hours * kHourMs, kMinute});
    EXPECT_GE(parts.size(), 3u) << hours;
    EXPECT_LE(parts.size(), 9u) << hours;
  }
}

// All steps are there once, whatever the step; and as the range moves on by a step, whole parts stay.
TEST(AnswerParts, HaveTheStepsOfTheRange) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(seed);
  os::Random random(seed);
  for (int round = 0; round < 2'000; ++round) {
    const auto step_ms = static_cast<int64_t>(1 + random.below(3 * kHourMs));
    const auto start_ms = static_cast<TimestampMs>(random.below(1'000 * kHourMs));
    const Range range{start_ms, start_ms + static_cast<int64_t>(random.below(40 * kHourMs)), step_ms};
    const auto parts = wanted(range);
    if (parts.empty()) continue;
    TimestampMs next_ms = start_ms;
    for (const auto& [first_ms, last_ms] : parts) {
      ASSERT_EQ(first_ms, next_ms);
      ASSERT_LE(first_ms, last_ms);
      ASSERT_EQ((last_ms - first_ms) % step_ms, 0);
      next_ms = last_ms + step_ms;
    }
    EXPECT_GT(next_ms, range.end_ms);
    EXPECT_LE(parts.back().second, range.end_ms);
    const auto here = parts_of(range);
    const auto later = parts_of({range.start_ms + step_ms, range.end_ms + step_ms, step_ms});
    ASSERT_GE(later.size() + 1, here.size());
    for (size_t i = 1; i + 1 < here.size(); ++i) {
      const bool found = std::any_of(later.begin(), later.end(), [&](const AnswerPart& part) {
        return part.whole.start_ms == here[i].whole.start_ms && part.whole.end_ms == here[i].whole.end_ms;
      });
      EXPECT_TRUE(found);
    }
  }
}

QueryResult matrix(std::vector<query::ResultSeries> series) {
  return {MatrixValue{std::move(series)}, {}, {}, {}};
}
query::ResultSeries series(std::string_view name, std::vector<TimestampMs> times) {
  query::ResultSeries out{Labels::of({{"__name__", name}}), {}};
  for (const TimestampMs at : times) out.points.push_back(at, static_cast<double>(at));
  return out;
}

TEST(AnswerParts, JoinToSeriesInOrder) {
  std::vector<QueryResult> parts;
  parts.push_back(matrix({series("b", {1, 2})}));
  parts.push_back(matrix({series("a", {3}), series("b", {4})}));
  parts[0].infos = {"x"};
  parts[1].infos = {"y", "x"};
  const QueryResult whole = join(std::move(parts));
  const auto& joined = std::get<MatrixValue>(whole.value).series;
  ASSERT_EQ(joined.size(), 2u);
  EXPECT_EQ(joined[0].points.timestamps_ms, (std::vector<TimestampMs>{3}));
  EXPECT_EQ(joined[1].points.timestamps_ms, (std::vector<TimestampMs>{1, 2, 4}));
  EXPECT_EQ(whole.infos, (std::vector<std::string>{"x", "y"}));
}

TEST(AnswerParts, JoinHistogramsToDoubles) {
  std::vector<QueryResult> parts;
  parts.push_back(matrix({series("a", {1})}));
  parts.push_back(matrix({series("a", {})}));
  auto& points = std::get<MatrixValue>(parts[1].value).series[0].points;
  points.push_back(2, std::make_shared<const Histogram>());
  parts.push_back(matrix({series("a", {3})}));
  const QueryResult whole = join(std::move(parts));
  const auto& joined = std::get<MatrixValue>(whole.value).series[0].points;
  ASSERT_EQ(joined.size(), 3u);
  EXPECT_EQ(joined.histogram(0), nullptr);
  EXPECT_NE(joined.histogram(1), nullptr);
  EXPECT_EQ(joined.histogram(2), nullptr);
}

TEST(AnswerParts, ASliceHasPointsInside) {
  const QueryResult result = matrix({series("a", {1, 2, 3, 4}), series("b", {4})});
  const QueryResult part = slice(result, {2, 3, 1});
  const auto& left = std::get<MatrixValue>(part.value).series;
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].points.timestamps_ms, (std::vector<TimestampMs>{2, 3}));
}

}  // namespace
}  // namespace weir::gateway
