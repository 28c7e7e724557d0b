#include "store/timescale/reduced_series.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/timescale/times.h"
#include "support/random_windows.h"
#include "support/window_summary.h"

namespace weir::store::timescale {
namespace {

using Kind = WindowReduction::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimestampMs kStart = 472'222 * kBucketMs;

/// Two buckets; a window begins behind the first millisecond of the second.
class ReducedSeries : public testing::Test {
 protected:
  static constexpr TimestampMs kSecond = kStart + kBucketMs;
  const WindowPlan plan_{
      {kStart, kStart + 2 * kBucketMs - 1}, {{kStart, kStart + 2 * kBucketMs - 1}}, {kSecond}, {}};

  /// Whether the second bucket stands for its rest, where its first sample is `first`.
  bool stands(Kind kind, double extreme, bool constant, std::optional<double> first) {
    SampleColumns firsts, out;
    if (first) firsts.push_back(kSecond, *first);
    const Bucket bucket{kSecond, extreme, constant};
    const auto wanted = reduce_series(kind, plan_, {&bucket, 1}, firsts, out).wanted;
    EXPECT_EQ(out.size(), wanted.empty() ? firsts.size() + 1 : firsts.size());
    if (wanted.empty()) return true;
    EXPECT_THAT(wanted, ElementsAre(TimeRange{kSecond + 1, kSecond + kBucketMs - 1}));
    return false;
  }
};

TEST_F(ReducedSeries, ABucketStandsForTheRestUnlessItsFirstSampleMayBeTheExtreme) {
  EXPECT_TRUE(stands(Kind::kMax, 5, false, std::nullopt));
  EXPECT_TRUE(stands(Kind::kMax, 5, false, 4));
  EXPECT_FALSE(stands(Kind::kMax, 5, false, 5));
  EXPECT_TRUE(stands(Kind::kMax, 5, true, 5));
  EXPECT_TRUE(stands(Kind::kMax, 5, false, std::nan("")));
  EXPECT_TRUE(stands(Kind::kMax, 5, false, stale_marker()));
  EXPECT_TRUE(stands(Kind::kMin, 5, false, 6));
  EXPECT_FALSE(stands(Kind::kMin, 5, false, 5));
  EXPECT_FALSE(stands(Kind::kMax, 0.0, false, -0.0));
  EXPECT_FALSE(stands(Kind::kMax, HUGE_VAL, false, HUGE_VAL));
  EXPECT_FALSE(stands(Kind::kMax, std::nan(""), false, std::nullopt)) << "NaN and stale markers look alike";
}

TEST_F(ReducedSeries, JoinsWhatHasToBeRead) {
  SampleColumns out;
  const std::vector<Bucket> buckets = {{kSecond, std::nan(""), false}, {kStart, std::nan(""), false}};
  EXPECT_THAT(reduce_series(Kind::kMax, plan_, buckets, {}, out).wanted, ElementsAre(plan_.range));
  SampleColumns firsts;
  firsts.push_back(kSecond, 7);
  EXPECT_THAT(reduce_series(Kind::kMax, plan_, buckets, firsts, out).wanted, ElementsAre(plan_.range));
  EXPECT_EQ(out.size(), 0u) << "the first sample of the second bucket is among them";
  EXPECT_THAT(reduce_series(Kind::kMax, plan_, std::span(buckets).first(1), firsts, out).wanted,
              ElementsAre(TimeRange{kSecond + 1, kSecond + kBucketMs - 1}));
  EXPECT_THAT(out.timestamps_ms, ElementsAre(kSecond));
}

TEST_F(ReducedSeries, PassesOverBucketsOutsideOfThePlan) {
  SampleColumns out;
  const std::vector<Bucket> buckets = {{kStart - kBucketMs, 1, false},
                                       {kStart + 2 * kBucketMs, std::nan(""), false}};
  EXPECT_THAT(reduce_series(Kind::kMax, plan_, buckets, {}, out).wanted, IsEmpty());
  EXPECT_EQ(out.size(), 0u);
}

// The property that counts: by brute force, over plan and series together.
std::vector<Bucket> aggregate(Kind kind, const SampleColumns& samples) {
  std::map<TimestampMs, std::vector<double>> hours;
  for (size_t i = 0; i < samples.size(); ++i) {
    auto& hour = hours[floor_to(samples.timestamps_ms[i], kBucketMs)];
    if (!std::isnan(samples.values[i])) hour.push_back(samples.values[i]);
  }
  std::vector<Bucket> out;
  for (const auto& [begin, values] : hours) {
    const auto [min, max] = std::minmax_element(values.begin(), values.end());
    if (values.empty()) {
      out.push_back({begin, std::nan(""), false});
    } else {
      out.push_back({begin, kind == Kind::kMax ? *max : *min, values.size() > 1 && *min == *max});
    }
  }
  return out;
}

SampleColumns only(const SampleColumns& samples, const std::function<bool(TimestampMs)>& wanted) {
  SampleColumns out;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (wanted(samples.timestamps_ms[i])) out.push_back(samples.timestamps_ms[i], samples.values[i]);
  }
  return out;
}

bool any_contains(std::span<const TimeRange> ranges, TimestampMs at) {
  return std::any_of(ranges.begin(), ranges.end(), [&](TimeRange range) { return range.contains(at); });
}

/// What a store would answer with.
SampleColumns read_by(const WindowPlan& plan, Kind kind, std::span<const Bucket> buckets,
                      const SampleColumns& samples) {
  SampleColumns out;
  const SampleColumns firsts = only(samples, [&](TimestampMs at) { return plan.is_parted(at); });
  std::vector<TimeRange> wanted = reduce_series(kind, plan, buckets, firsts, out).wanted;
  wanted.insert(wanted.end(), plan.raw.begin(), plan.raw.end());
  const SampleColumns rest = only(samples, [&](TimestampMs at) { return any_contains(wanted, at); });
  for (size_t i = 0; i < rest.size(); ++i) out.push_back(rest.timestamps_ms[i], rest.values[i]);
  return out;
}

TEST(ReducedSeriesProperty, HasTheSameExtremesAsAllSamples) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomWindows random(seed, kStart, 40);
  size_t plans = 0, spared = 0;
  for (int round = 0; round < 20'000; ++round) {
    const SampleColumns samples = random.samples();
    const WindowReduction reduction = random.extreme();
    std::vector<TimeRange> stale;
    for (uint64_t i = random.below(4); i > 1; --i) {
      const TimestampMs from = random.any_time();
      stale.push_back({from, from + static_cast<int64_t>(random.below(3 * kBucketMs))});
    }
    const TimeRange range = range_of(reduction);
    const auto plan = plan_windows(reduction, range, stale);
    if (!plan) continue;
    std::vector<Bucket> buckets = aggregate(reduction.kind, samples);
    for (Bucket& bucket : buckets) {  // Wrong where it is stale.
      const TimeRange hour{bucket.begin_ms, bucket.begin_ms + kBucketMs - 1};
      if (std::any_of(stale.begin(), stale.end(), [&](TimeRange times) { return times.overlaps(hour); }))
        bucket.extreme = reduction.kind == Kind::kMax ? 1e9 : -1e9;
    }
    SampleColumns reduced = read_by(*plan, reduction.kind, buckets, samples);
    ASSERT_EQ(window_summary(reduction, reduced), window_summary(reduction, samples)) << round;
    for (const TimestampMs at : reduced.timestamps_ms) ASSERT_TRUE(range.contains(at));
    std::sort(reduced.timestamps_ms.begin(), reduced.timestamps_ms.end());
    ASSERT_EQ(std::adjacent_find(reduced.timestamps_ms.begin(), reduced.timestamps_ms.end()),
              reduced.timestamps_ms.end());
    ++plans;
    spared += only(samples, [&](TimestampMs at) { return range.contains(at); }).size() - reduced.size();
  }
  EXPECT_GT(plans, 3'000u);
  EXPECT_GT(spared, plans * 5);
}

}  // namespace
}  // namespace weir::store::timescale
