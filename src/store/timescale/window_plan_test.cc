#include "store/timescale/window_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/window_summary.h"

namespace weir::store::timescale {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = WindowReduction::Kind;

constexpr int64_t kHour = kBucketMs, kMinute = 60'000;
constexpr TimestampMs kStart = 472'222 * kHour;  // An hour of 2023.

std::optional<WindowPlan> plan_of(const WindowReduction& reduction, std::span<const TimeRange> stale = {}) {
  return plan_windows(reduction, range_of(reduction), stale);
}

TEST(WindowPlan, OneWindowHasHoursBetweenItsEnds) {
  const TimestampMs end = kStart + 10 * kHour + 20 * kMinute;
  const auto plan = plan_of({Kind::kMax, end, 0, 1, 10 * kHour});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->whole, ElementsAre(TimeRange{kStart + kHour, kStart + 10 * kHour - 1}));
  EXPECT_THAT(plan->parted, IsEmpty());
  EXPECT_THAT(plan->raw, ElementsAre(TimeRange{kStart + 20 * kMinute + 1, kStart + kHour - 1},
                                     TimeRange{kStart + 10 * kHour, end}));
  EXPECT_TRUE(plan->is_whole(kStart + kHour));
  EXPECT_TRUE(plan->is_whole(kStart + 9 * kHour));
  EXPECT_FALSE(plan->is_whole(kStart));
  EXPECT_FALSE(plan->is_whole(kStart + 10 * kHour));
}

TEST(WindowPlan, WindowsOnTheHourPartEveryBucketBehindItsFirstSample) {
  const auto plan = plan_of({Kind::kMax, kStart + 2 * kHour, kHour, 4, 2 * kHour});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->whole, ElementsAre(TimeRange{kStart, kStart + 5 * kHour - 1}));
  EXPECT_THAT(plan->parted, ElementsAre(kStart, kStart + kHour, kStart + 2 * kHour, kStart + 3 * kHour,
                                        kStart + 4 * kHour));
  EXPECT_THAT(plan->raw, ElementsAre(TimeRange{kStart + 5 * kHour, kStart + 5 * kHour}));
  EXPECT_TRUE(plan->is_parted(kStart + kHour));
  EXPECT_FALSE(plan->is_parted(kStart + 5 * kHour));
}

TEST(WindowPlan, AnEdgeBehindTheLastMillisecondPartsNothing) {
  const auto plan = plan_of({Kind::kMin, kStart + 4 * kHour - 1, kHour, 3, 4 * kHour});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->whole, ElementsAre(TimeRange{kStart, kStart + 6 * kHour - 1}));
  EXPECT_THAT(plan->parted, IsEmpty());
  EXPECT_THAT(plan->raw, IsEmpty());
}

TEST(WindowPlan, AnyOtherEdgeLeavesTheBucketToSamples) {
  const auto plan = plan_of({Kind::kMax, kStart + 12 * kHour + kMinute, 6 * kHour, 2, 12 * kHour});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->whole, ElementsAre(TimeRange{kStart + kHour, kStart + 6 * kHour - 1},
                                       TimeRange{kStart + 7 * kHour, kStart + 12 * kHour - 1},
                                       TimeRange{kStart + 13 * kHour, kStart + 18 * kHour - 1}));
  EXPECT_EQ(plan->raw.size(), 4u);
}

TEST(WindowPlan, StaleHoursAreNoPartOfARun) {
  const WindowReduction day{Kind::kMax, kStart + 24 * kHour, 0, 1, 24 * kHour};
  const std::vector<TimeRange> stale = {{kStart + 20 * kHour, kStart + 40 * kHour},
                                        {kStart + 5 * kHour + 7, kStart + 6 * kHour},
                                        {kStart + 5 * kHour, kStart + 5 * kHour},
                                        {-1, kStart - 1}};
  const auto plan = plan_of(day, stale);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->whole, ElementsAre(TimeRange{kStart, kStart + 5 * kHour - 1},
                                       TimeRange{kStart + 7 * kHour, kStart + 20 * kHour - 1}));
  // The first millisecond before the range belongs to the first bucket.
  EXPECT_THAT(plan_of(day, {{{kStart, kStart}}})->whole.front(),
              (TimeRange{kStart + kHour, kStart + 24 * kHour - 1}));
  EXPECT_FALSE(plan_of(day, {{{kStart, kStart + 13 * kHour}}})) << "less than half is left";
  EXPECT_FALSE(plan_of(day, {{TimeRange::all()}}));
}

TEST(WindowPlan, IsNotMadeWhereItSavesNothing) {
  EXPECT_FALSE(plan_of({Kind::kMax, kStart + kHour, 0, 1, kHour})) << "one hour";
  EXPECT_FALSE(plan_of({Kind::kMax, kStart + kMinute, 15 * kMinute, 1'000, 5 * kMinute})) << "all hours cut";
  EXPECT_FALSE(plan_of({Kind::kMax, kStart, kHour, 1'002, kHour})) << "parted buckets";
  EXPECT_FALSE(plan_of({Kind::kMax, kStart + kMinute, 12 * kHour, 70, kHour})) << "ranges of samples";
  EXPECT_TRUE(plan_of({Kind::kMax, kStart, kHour, 1'000, kHour}));
  EXPECT_FALSE(plan_of({Kind::kMax, kStart, 1, 20'001, 100 * kHour})) << "windows";
  EXPECT_FALSE(plan_windows({Kind::kMax, kStart, 0, 1, 9 * kHour}, {kStart, kStart - 1}, {}))
      << "empty range";
}

TEST(WindowPlan, BeginsWithTheEpoch) {
  // The store cuts the range at 0; the window begins before.
  const auto plan = plan_windows({Kind::kMax, 10 * kHour, 0, 1, 1'000 * kHour}, {0, 10 * kHour}, {});
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->whole, ElementsAre(TimeRange{0, 10 * kHour - 1}));
}

}  // namespace
}  // namespace weir::store::timescale
