#include "query/histogram_statistics.h"

#include <cmath>

#include <gtest/gtest.h>

#include "query/histogram_text.h"
#include "query/histogram_trim.h"

namespace weir::query {
namespace {

// One, two, one observation in (0.5,1], (1,2], (2,4].
Histogram example() {
  Histogram histogram;
  histogram.layout.positive_spans = {{0, 3}};
  histogram.positive_buckets = {1, 2, 1};
  histogram.count = 4;
  histogram.sum = 6;
  return histogram;
}

Histogram mirrored(Histogram histogram) {
  std::swap(histogram.layout.positive_spans, histogram.layout.negative_spans);
  std::swap(histogram.positive_buckets, histogram.negative_buckets);
  histogram.sum = -histogram.sum;
  return histogram;
}

TEST(HistogramQuantile, LiesOnALogarithmicScaleInsideABucket) {
  EXPECT_NEAR(histogram_quantile(0.5, example()).value, std::sqrt(2), 1e-12);
  EXPECT_EQ(histogram_quantile(0, example()).value, 0.5);
  EXPECT_EQ(histogram_quantile(1, example()).value, 4);
  EXPECT_EQ(histogram_quantile(0.25, example()).value, 1);
}

TEST(HistogramQuantile, IsMirroredOnTheOtherSide) {
  for (const double q : {0.0, 0.1, 0.25, 0.5, 0.8, 1.0}) {
    EXPECT_NEAR(histogram_quantile(q, mirrored(example())).value, -histogram_quantile(1 - q, example()).value,
                1e-12);
  }
}

TEST(HistogramQuantile, IsTheInverseOfTheFraction) {
  for (double q = 0.01; q < 1; q += 0.01) {
    const double value = histogram_quantile(q, example()).value;
    EXPECT_NEAR(histogram_fraction(-HUGE_VAL, value, example()).value, q, 1e-12);
  }
}

TEST(HistogramQuantile, OfStrangeQuestions) {
  EXPECT_EQ(histogram_quantile(-0.1, example()).value, -HUGE_VAL);
  EXPECT_EQ(histogram_quantile(1.1, example()).value, HUGE_VAL);
  EXPECT_TRUE(std::isnan(histogram_quantile(std::nan(""), example()).value));
  EXPECT_TRUE(std::isnan(histogram_quantile(0.5, Histogram()).value));
}

TEST(HistogramQuantile, SaysWhatObservationsOfNanDo) {
  Histogram histogram = example();
  histogram.sum = std::nan("");
  EXPECT_EQ(histogram_quantile(0.5, histogram).nan, NanEffect::kNone) << "infinities of both signs";
  histogram.count = 5;
  EXPECT_EQ(histogram_quantile(0.5, histogram).nan, NanEffect::kSkews);
  EXPECT_EQ(histogram_quantile(0.9, histogram).nan, NanEffect::kDecides);
  EXPECT_TRUE(std::isnan(histogram_quantile(0.9, histogram).value));
  EXPECT_EQ(histogram_fraction(-HUGE_VAL, HUGE_VAL, histogram).value, 0.8);
}

TEST(HistogramQuantile, OfTheZeroBucketIsLinear) {
  Histogram histogram;
  histogram.layout.zero_threshold = 0.5;
  histogram.zero_count = 4;
  histogram.count = 4;
  EXPECT_EQ(histogram_quantile(0.25, histogram).value, -0.25);
  histogram.layout.positive_spans = {{4, 1}};
  histogram.positive_buckets = {0};
  EXPECT_EQ(histogram_quantile(0.25, histogram).value, 0.125) << "with positive buckets it begins at 0";
}

TEST(HistogramQuantile, OfCustomBuckets) {
  Histogram histogram = example();
  histogram.layout.schema = kHistogramSchemaCustom;
  histogram.layout.custom_bounds = {5, 10};
  EXPECT_EQ(histogram_quantile(0.5, histogram).value, 7.5);
  EXPECT_EQ(histogram_quantile(1, histogram).value, 10);
  EXPECT_EQ(histogram_quantile(0.125, histogram).value, 2.5);
  histogram.layout.custom_bounds = {-5, 10};
  EXPECT_EQ(histogram_quantile(0.1, histogram).value, -5);
}

TEST(HistogramFraction, OfStrangeQuestions) {
  EXPECT_EQ(histogram_fraction(2, 1, example()).value, 0);
  EXPECT_TRUE(std::isnan(histogram_fraction(std::nan(""), 1, example()).value));
  EXPECT_TRUE(std::isnan(histogram_fraction(0, 1, Histogram()).value));
  EXPECT_EQ(histogram_fraction(-HUGE_VAL, HUGE_VAL, example()).value, 1);
  EXPECT_EQ(histogram_fraction(1, 2, example()).value, 0.5);
}

TEST(HistogramFraction, OfCustomBuckets) {
  Histogram histogram = example();
  histogram.layout.schema = kHistogramSchemaCustom;
  histogram.layout.custom_bounds = {-5, 10};
  EXPECT_EQ(histogram_fraction(-HUGE_VAL, 2.5, histogram).value, 0.5) << "half of the second bucket";
  EXPECT_EQ(histogram_fraction(-HUGE_VAL, -6, histogram).value, 0.25);
  histogram.layout.custom_bounds = {5, 10};
  EXPECT_EQ(histogram_fraction(0, 2.5, histogram).value, 0.125);
}

TEST(HistogramVariance, TakesObservationsAtTheMiddleOfTheirBucket) {
  Histogram histogram;
  histogram.layout.positive_spans = {{1, 2}};
  histogram.positive_buckets = {1, 1};
  histogram.count = 2;
  histogram.sum = 3 * std::sqrt(2);  // of sqrt(2) and sqrt(8)
  EXPECT_NEAR(histogram_variance(histogram), 0.5, 1e-12);
}

TEST(HistogramTrim, KeepsBothPartsOfWhatItParts) {
  for (const double bound : {0.5, 0.7, 1.0, 1.4142, 3.0}) {
    const Histogram below = trimmed(example(), bound, TrimSide::kBelow);
    const Histogram above = trimmed(example(), bound, TrimSide::kAbove);
    EXPECT_NEAR(below.count + above.count, 4, 1e-12) << bound;
    EXPECT_NEAR(below.count / 4, histogram_fraction(-HUGE_VAL, bound, example()).value, 1e-12) << bound;
  }
}

TEST(HistogramTrim, ChangesNothingWhereNothingGoes) {
  EXPECT_EQ(trimmed(example(), 4, TrimSide::kBelow), example());
  EXPECT_EQ(trimmed(example(), -1, TrimSide::kAbove), example());
  EXPECT_EQ(trimmed(example(), 0, TrimSide::kBelow).count, 0);
}

TEST(HistogramText, IsThatOfPrometheus) {
  Histogram histogram = example();
  histogram.layout.zero_threshold = 0.001;
  histogram.zero_count = 3;
  histogram.positive_buckets[1] = 0;
  histogram.sum = 1234567.5;
  EXPECT_EQ(histogram_text(histogram), "{count:4, sum:1.2345675e+06, [-0.001,0.001]:3, (0.5,1]:1, (2,4]:1}");
  EXPECT_EQ(histogram_text(mirrored(example())), "{count:4, sum:-6, [-4,-2):1, [-2,-1):2, [-1,-0.5):1}");
}

}  // namespace
}  // namespace weir::query
