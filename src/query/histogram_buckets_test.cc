#include "query/histogram_buckets.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::query {
namespace {

TEST(ExponentialBound, IsAPowerOfTwoAtSchemaZero) {
  EXPECT_EQ(exponential_bound(0, 0), 1);
  EXPECT_EQ(exponential_bound(0, 3), 8);
  EXPECT_EQ(exponential_bound(0, -3), 0.125);
  EXPECT_EQ(exponential_bound(-1, 2), 16);
  EXPECT_EQ(exponential_bound(-4, -1), std::ldexp(1, -16));
}

TEST(ExponentialBound, IsTheSameForEverySecondBucketOfTheNextSchema) {
  for (int32_t schema = kHistogramSchemaMin; schema < kHistogramSchemaMax; ++schema) {
    for (int64_t index = -50; index < 50; ++index)
      EXPECT_EQ(exponential_bound(schema, index), exponential_bound(schema + 1, 2 * index))
          << schema << index;
  }
}

TEST(ExponentialBound, IsNearTheExactPowerAndAscends) {
  for (int64_t index = -300; index < 300; ++index) {
    const double bound = exponential_bound(8, index);
    EXPECT_NEAR(bound / std::exp2(static_cast<double>(index) / 256), 1, 1e-15);
    EXPECT_LT(exponential_bound(8, index - 1), bound);
  }
}

TEST(ExponentialBound, EndsAtTheLargestNumberAndInfinity) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  for (int32_t schema = kHistogramSchemaMin; schema <= kHistogramSchemaMax; ++schema) {
    const int64_t last = schema < 0 ? 1024 >> -schema : int64_t{1024} << schema;
    EXPECT_EQ(exponential_bound(schema, last), kLargest) << schema;
    EXPECT_LT(exponential_bound(schema, last - 1), kLargest) << schema;
    EXPECT_EQ(exponential_bound(schema, last + 1), HUGE_VAL) << schema;
    EXPECT_EQ(exponential_bound(schema, std::numeric_limits<int32_t>::max()), HUGE_VAL) << schema;
    EXPECT_EQ(exponential_bound(schema, int64_t{std::numeric_limits<int32_t>::min()} - 1), 0) << schema;
  }
}

std::vector<std::string> texts(const Histogram& histogram) {
  std::vector<std::string> out;
  for (const HistogramBucket& bucket : buckets_of(histogram)) {
    out.push_back(std::string(bucket.lower_inclusive ? "[" : "(") + std::to_string(bucket.lower) + "," +
                  std::to_string(bucket.upper) + (bucket.upper_inclusive ? "]" : ")") +
                  std::to_string(static_cast<int>(bucket.count)));
  }
  return out;
}

TEST(BucketsOf, AscendThroughBothSignsAndEndAtTheZeroBucket) {
  Histogram histogram;
  histogram.layout = {0, 0.25, {{-1, 1}, {1, 1}}, {{-1, 2}}, {}};
  histogram.zero_count = 7;
  histogram.positive_buckets = {1, 0};
  histogram.negative_buckets = {3, 4};
  EXPECT_THAT(texts(histogram),
              testing::ElementsAre("[-1.000000,-0.500000)4", "[-0.500000,-0.250000)3",
                                   "[-0.250000,0.250000]7", "(0.250000,0.500000]1", "(1.000000,2.000000]0"));
  histogram.layout.zero_threshold = 0.375;
  EXPECT_THAT(texts(histogram), testing::Contains("(0.375000,0.500000]1"));
  EXPECT_THAT(texts(histogram), testing::Contains("[-0.500000,-0.375000)3"));
}

TEST(BucketsOf, CustomBoundsReachToInfinity) {
  Histogram histogram;
  histogram.layout = {kHistogramSchemaCustom, 0, {{0, 3}}, {}, {1, 2}};
  histogram.positive_buckets = {1, 2, 3};
  EXPECT_THAT(texts(histogram),
              testing::ElementsAre("[-inf,1.000000]1", "(1.000000,2.000000]2", "(2.000000,inf]3"));
}

}  // namespace
}  // namespace weir::query
