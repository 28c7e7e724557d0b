#include "query/histogram_math.h"

#include <cmath>
#include <limits>
#include <map>

#include <gtest/gtest.h>

#include "os/random.h"
#include "query/histogram_text.h"

namespace weir::query {
namespace {

Histogram exponential(int32_t schema, int32_t offset, std::vector<double> buckets) {
  Histogram histogram;
  histogram.layout.schema = schema;
  histogram.layout.positive_spans = {{offset, static_cast<uint32_t>(buckets.size())}};
  for (const double bucket : buckets) histogram.count += bucket;
  histogram.positive_buckets = std::move(buckets);
  return histogram;
}

Histogram custom(std::vector<double> bounds, std::vector<double> buckets) {
  Histogram histogram = exponential(kHistogramSchemaCustom, 0, std::move(buckets));
  histogram.layout.custom_bounds = std::move(bounds);
  return histogram;
}

Histogram sum_of(const Histogram& a, const Histogram& b) {
  PlainHistogramSum sum(a);
  EXPECT_TRUE(sum.add(b).compatible);
  return compacted(sum.value());
}

Histogram difference_of(const Histogram& a, const Histogram& b) {
  PlainHistogramSum sum(a);
  EXPECT_TRUE(sum.subtract(b).compatible);
  return compacted(sum.value());
}

/// What arithmetic should yield, bucket by bucket through maps, slowly: each bucket is kept under its bounds.
class Oracle {
 public:
  explicit Oracle(const Histogram& histogram)
      : schema_(histogram.layout.schema),
        threshold_(histogram.layout.zero_threshold),
        zero_(histogram.zero_count) {
    for (const double sign : {1.0, -1.0}) {
      const bool positive = sign > 0;
      for_each_bucket(positive ? histogram.layout.positive_spans : histogram.layout.negative_spans,
                      positive ? histogram.positive_buckets : histogram.negative_buckets,
                      [&](int32_t index, double count) {
                        if (count != 0) buckets_[{sign, index}] += count;
                      });
    }
  }

  void add(Oracle other, double factor) {
    while (threshold_ != other.threshold_) {
      widen(std::max(threshold_, other.threshold_));
      other.widen(std::max(threshold_, other.threshold_));
    }
    const int32_t schema = std::min(schema_, other.schema_);
    coarsen(schema);
    other.coarsen(schema);
    zero_ += factor * other.zero_;
    for (const auto& [bucket, count] : other.buckets_) buckets_[bucket] += factor * count;
  }

  void widen(double threshold) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& [bucket, count] : buckets_) {
        const bool parts = lower(bucket) < threshold && upper(bucket) > threshold;
        if (parts) threshold = upper(bucket);
        moved |= parts;
      }
    }
    std::erase_if(buckets_, [&](const auto& entry) {
      if (lower(entry.first) >= threshold) return false;
      zero_ += entry.second;
      return true;
    });
    threshold_ = threshold;
  }

  void coarsen(int32_t schema) {
    std::map<Bucket, double> out;
    for (const auto& [bucket, count] : buckets_) {
      int32_t index = -100;
      while (exponential_bound(schema, index) < upper(bucket)) ++index;
      out[{bucket.first, index}] += count;
    }
    buckets_ = std::move(out);
    schema_ = schema;
  }

  // Whether a counter that was `before` cannot have become this.
  bool was_reset_since(Oracle before) const {
    if (schema_ > before.schema_ || threshold_ < before.threshold_) return true;
    before.widen(threshold_);
    if (before.threshold_ != threshold_ || zero_ < before.zero_) return true;
    before.coarsen(schema_);
    return std::ranges::any_of(before.buckets_, [&](const auto& entry) {
      const auto now = buckets_.find(entry.first);
      return now == buckets_.end() || now->second < entry.second;
    });
  }

  friend bool operator==(const Oracle& a, const Oracle& b) {
    const auto populated = [](std::map<Bucket, double> buckets) {
      std::erase_if(buckets, [](const auto& entry) { return entry.second == 0; });
      return buckets;
    };
    return a.schema_ == b.schema_ && a.threshold_ == b.threshold_ && a.zero_ == b.zero_ &&
           populated(a.buckets_) == populated(b.buckets_);
  }

 private:
  using Bucket = std::pair<double, int32_t>;  // sign, index
  double upper(const Bucket& bucket) const { return exponential_bound(schema_, bucket.second); }
  double lower(const Bucket& bucket) const { return exponential_bound(schema_, bucket.second - 1); }

  int32_t schema_;
  double threshold_;
  double zero_;
  std::map<Bucket, double> buckets_;
};

// Whole numbers, so that sums are exact in any order; as often as not inside the zero bucket no buckets.
Histogram random_exponential(os::Random& random) {
  Histogram histogram;
  HistogramLayout& layout = histogram.layout;
  constexpr std::array<double, 6> kThresholds = {0, 0.25, 0.5, 1, 1.3, 2};
  layout.schema = static_cast<int32_t>(random.below(6)) - 2;
  layout.zero_threshold = kThresholds[random.below(kThresholds.size())];
  histogram.zero_count = static_cast<double>(random.below(5));
  const auto fill = [&](std::vector<HistogramSpan>& spans, std::vector<double>& counts) {
    int64_t first = 0;
    while (exponential_bound(layout.schema, first - 1) < layout.zero_threshold) ++first;
    spans.push_back({static_cast<int32_t>(first + static_cast<int64_t>(random.below(3))),
                     static_cast<uint32_t>(random.below(4))});
    for (uint64_t i = random.below(4); i > 0; --i)
      spans.push_back({static_cast<int32_t>(random.below(4)), static_cast<uint32_t>(random.below(4))});
    for (const HistogramSpan& span : spans) {
      for (uint32_t i = 0; i < span.length; ++i) counts.push_back(static_cast<double>(random.below(4)));
    }
  };
  fill(layout.positive_spans, histogram.positive_buckets);
  if (random.below(2) == 0) fill(layout.negative_spans, histogram.negative_buckets);
  for (const double bucket : histogram.positive_buckets) histogram.count += bucket;
  for (const double bucket : histogram.negative_buckets) histogram.count += bucket;
  histogram.count += histogram.zero_count;
  EXPECT_TRUE(validate(histogram).ok());
  return histogram;
}

TEST(HistogramMath, AddsAndSubtractsAsTheOracle) {
  os::Random random(testing::UnitTest::GetInstance()->random_seed() + 1);
  for (int round = 0; round < 20'000; ++round) {
    const Histogram a = random_exponential(random);
    Histogram b = random_exponential(random);
    // As often as not of one layout.
    if (random.below(2) == 0) {
      b = a;
      for (double& bucket : b.positive_buckets) bucket = static_cast<double>(random.below(4));
      b.zero_count = static_cast<double>(random.below(4));
    }
    for (const double factor : {1.0, -1.0}) {
      const Histogram actual = factor > 0 ? sum_of(a, b) : difference_of(a, b);
      Oracle expected(a);
      expected.add(Oracle(b), factor);
      ASSERT_TRUE(Oracle(actual) == expected) << round << ": " << histogram_text(a) << " and "
                                              << histogram_text(b) << " is " << histogram_text(actual);
      ASSERT_EQ(actual.count, a.count + factor * b.count);
      ASSERT_TRUE(factor < 0 || validate(actual).ok());
    }
    ASSERT_TRUE(same_data(sum_of(a, b), sum_of(b, a)));
  }
}

TEST(HistogramMath, SeesResetsAsTheOracle) {
  os::Random random(testing::UnitTest::GetInstance()->random_seed() + 2);
  size_t resets = 0;
  for (int round = 0; round < 20'000; ++round) {
    const Histogram before = random_exponential(random);
    const Histogram other = random_exponential(random);
    // As often as not what a counter becomes.
    const Histogram now = random.below(2) == 0 ? other : sum_of(before, other);
    const bool expected = now.count < before.count || Oracle(now).was_reset_since(Oracle(before));
    ASSERT_EQ(is_reset(now, before), expected)
        << round << ": " << histogram_text(before) << " then " << histogram_text(now);
    resets += expected ? 1 : 0;
  }
  EXPECT_GT(resets, 1'000u);
  EXPECT_LT(resets, 19'000u);
}

TEST(HistogramMath, ReducesTheFinerResolution) {
  // The buckets (1,2] and (2,4] are one at schema -1.
  const Histogram sum = sum_of(exponential(-1, 1, {1}), exponential(0, 1, {2, 2}));
  EXPECT_EQ(sum.layout.schema, -1);
  EXPECT_EQ(sum.positive_buckets, std::vector<double>{5});
}

TEST(HistogramMath, AddsBucketsThatLieAsFarApartAsCanBe) {
  constexpr int32_t kFirst = std::numeric_limits<int32_t>::min();
  constexpr int32_t kLast = std::numeric_limits<int32_t>::max() - 1;
  const Histogram sum = sum_of(exponential(8, kFirst, {1}), exponential(8, kLast, {2}));
  EXPECT_TRUE(validate(sum).ok());
  std::vector<int32_t> indexes;
  for_each_bucket(sum.layout.positive_spans, sum.positive_buckets,
                  [&](int32_t index, double) { indexes.push_back(index); });
  EXPECT_EQ(indexes, (std::vector<int32_t>{kFirst, kLast}));
  EXPECT_EQ(sum_of(sum, exponential(0, 0, {1})).positive_buckets, (std::vector<double>{1, 1, 2}));
}

TEST(HistogramMath, RefusesToAddExponentialToCustomBuckets) {
  PlainHistogramSum sum(exponential(0, 0, {1}));
  EXPECT_FALSE(sum.add(custom({5}, {1})).compatible);
  EXPECT_EQ(sum.value(), exponential(0, 0, {1}));
}

TEST(HistogramMath, ReconcilesCustomBoundsToThoseInCommon) {
  PlainHistogramSum sum(custom({1, 2, 5, 10}, {1, 2, 3, 4, 5}));
  const HistogramMerge merge = sum.add(custom({2, 4, 10}, {10, 20, 30, 40}));
  EXPECT_TRUE(merge.compatible);
  EXPECT_TRUE(merge.bounds_reconciled);
  const Histogram result = sum.value();
  EXPECT_EQ(result.layout.custom_bounds, (std::vector<double>{2, 10}));
  EXPECT_EQ(result.positive_buckets, (std::vector<double>{13, 57, 45}));
}

TEST(HistogramMath, WithoutBoundsInCommonOneBucketRemains) {
  const Histogram result = sum_of(custom({1}, {1, 2}), custom({2}, {3, 4}));
  EXPECT_TRUE(result.layout.custom_bounds.empty());
  EXPECT_EQ(result.positive_buckets, std::vector<double>{10});
}

TEST(HistogramMath, AdoptsTheHintThatHoldsForBoth) {
  using enum CounterResetHint;
  bool conflict = false;
  EXPECT_EQ(common_hint(kNoReset, kNoReset, conflict), kNoReset);
  EXPECT_EQ(common_hint(kNoReset, kGauge, conflict), kGauge);
  EXPECT_EQ(common_hint(kNoReset, kUnknown, conflict), kUnknown);
  EXPECT_FALSE(conflict);
  EXPECT_EQ(common_hint(kNoReset, kReset, conflict), kUnknown);
  EXPECT_TRUE(conflict);
}

TEST(HistogramMath, ANegativeFactorMakesAGauge) {
  EXPECT_EQ(multiplied(exponential(0, 0, {1}), 2).reset_hint, CounterResetHint::kUnknown);
  EXPECT_EQ(multiplied(exponential(0, 0, {1}), -2).reset_hint, CounterResetHint::kGauge);
  EXPECT_EQ(divided(exponential(0, 0, {4}), -2).positive_buckets, std::vector<double>{-2});
}

TEST(HistogramMath, DivisionByZeroLeavesNoBucket) {
  const Histogram result = divided(exponential(0, 0, {1}), 0);
  EXPECT_EQ(result.count, HUGE_VAL);
  EXPECT_TRUE(result.positive_buckets.empty());
  EXPECT_TRUE(result.layout.positive_spans.empty());
}

TEST(HistogramMath, CompactsBucketsAndSpans) {
  Histogram histogram = exponential(0, -2, {0, 1, 2, 0, 0, 3, 0});
  histogram.layout.positive_spans = {{-2, 3}, {0, 4}, {5, 0}};
  const Histogram result = compacted(histogram);
  EXPECT_EQ(result.positive_buckets, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(result.layout.positive_spans, (std::vector<HistogramSpan>{{-1, 2}, {2, 1}}));
  EXPECT_TRUE(same_data(histogram, histogram));
  EXPECT_FALSE(same_data(histogram, result));
}

TEST(HistogramMath, SameDataLooksAtBucketsNotAtSpansOrHints) {
  const Histogram a = exponential(0, 0, {1, 2});
  Histogram b = a;
  b.layout.positive_spans = {{0, 1}, {0, 0}, {0, 1}};
  b.reset_hint = CounterResetHint::kGauge;
  EXPECT_TRUE(same_data(a, b));
  b.layout.positive_spans = {{0, 1}, {1, 1}};
  EXPECT_FALSE(same_data(a, b));
}

TEST(HistogramMath, AHintDecidesWhetherThereWasAReset) {
  Histogram now = exponential(0, 0, {1});
  const Histogram before = exponential(0, 0, {2});
  EXPECT_TRUE(is_reset(now, before));
  now.reset_hint = CounterResetHint::kNoReset;
  EXPECT_FALSE(is_reset(now, before));
  now = exponential(0, 0, {3});
  EXPECT_FALSE(is_reset(now, before));
  now.reset_hint = CounterResetHint::kReset;
  EXPECT_TRUE(is_reset(now, before));
}

TEST(HistogramMath, SeesResetsAcrossCustomBounds) {
  const Histogram before = custom({1, 2, 3}, {1, 2, 3, 4});
  EXPECT_FALSE(is_reset(custom({2, 3}, {3, 3, 4}), before));
  EXPECT_TRUE(is_reset(custom({2, 3}, {2, 4, 4}), before));
  EXPECT_TRUE(is_reset(exponential(0, 0, {100}), before));
  EXPECT_TRUE(is_reset(custom({1}, {50, 50}), exponential(0, 0, {1})));
}

TEST(HistogramSum, CompensatesRounding) {
  HistogramSum sum(exponential(0, 0, {1e16}));
  EXPECT_TRUE(sum.add(exponential(0, 0, {1})).compatible);
  EXPECT_TRUE(sum.add(exponential(0, 0, {1})).compatible);
  EXPECT_EQ(sum.value().positive_buckets, std::vector<double>{1e16 + 2});
}

TEST(HistogramSum, OfOneIsThatOne) {
  Histogram negative = exponential(0, 0, {1});
  negative.sum = -0.0;
  HistogramSum alone(negative);
  EXPECT_TRUE(std::signbit(alone.value().sum));
  HistogramSum twice(negative);
  ASSERT_TRUE(twice.add(negative).compatible);
  EXPECT_FALSE(std::signbit(twice.value().sum));
}

TEST(HistogramMean, GoesOnWhereTheSumOverflows) {
  constexpr double kHuge = std::numeric_limits<double>::max();
  HistogramMean mean(exponential(0, 0, {kHuge}));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(mean.add(exponential(0, 0, {kHuge})).compatible);
  EXPECT_NEAR(mean.value().count / kHuge, 1, 1e-12);
  HistogramMean small(exponential(0, 0, {1}));
  EXPECT_TRUE(small.add(exponential(0, 0, {2})).compatible);
  EXPECT_EQ(small.value().count, 1.5);
}

}  // namespace
}  // namespace weir::query
