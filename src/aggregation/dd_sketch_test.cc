#include "aggregation/dd_sketch.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::aggregation {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kQuantiles[] = {0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1};

DdSketch sketch_of(std::span<const double> values, double error) {
  DdSketch sketch(error);
  for (const double value : values) sketch.add(value);
  return sketch;
}

std::vector<double> draw(size_t count, const std::function<double()>& one) {
  std::vector<double> out(count);
  for (double& value : out) value = one();
  return out;
}

double ranked(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

void expect_within_error(const std::vector<double>& values, double error) {
  const DdSketch sketch = sketch_of(values, error);
  ASSERT_EQ(sketch.count(), values.size());
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  for (const double q : kQuantiles) {
    const double want = sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))];
    EXPECT_LE(std::fabs(sketch.quantile(q) - want), error * std::fabs(want))
        << "q " << q << ", want " << want;
  }
}

void expect_same(const DdSketch& got, const DdSketch& want) {
  ASSERT_EQ(got.count(), want.count());
  for (int step = 0; step <= 1'000; ++step) {
    ASSERT_EQ(got.quantile(step / 1'000.0), want.quantile(step / 1'000.0)) << step;
  }
}

TEST(DdSketch, HasNoQuantileWhenEmpty) {
  DdSketch sketch(0.01);
  EXPECT_EQ(sketch.count(), 0);
  EXPECT_TRUE(std::isnan(sketch.quantile(0.5)));
  sketch.merge(DdSketch(0.01));
  EXPECT_TRUE(std::isnan(sketch.quantile(0)));
}

TEST(DdSketch, KeepsItsErrorForManyDistributions) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::lognormal_distribution<double> lognormal(0, 2);
  std::exponential_distribution<double> exponential(3);
  std::normal_distribution<double> normal(-5, 20);
  for (const double error : {0.001, 0.01, 0.05, 0.1}) {
    SCOPED_TRACE(testing::Message() << "error " << error);
    expect_within_error(draw(20'000, [&] { return uniform(random); }), error);
    expect_within_error(draw(20'000, [&] { return 1'000'000 + uniform(random); }), error);
    expect_within_error(draw(20'000, [&] { return exponential(random); }), error);
    expect_within_error(draw(20'000, [&] { return -exponential(random); }), error);
    // At the smallest error, the low ones of these would be collapsed.
    const double error_of_wide = std::max(error, 0.01);
    expect_within_error(draw(20'000, [&] { return std::pow(1 - uniform(random), -2); }), error_of_wide);
    expect_within_error(draw(20'000, [&] { return lognormal(random); }), error_of_wide);
    expect_within_error(draw(20'000, [&] { return std::round(normal(random)); }), error);
    expect_within_error(
        draw(3'000, [&] { return (uniform(random) - 0.5) * std::exp2(200 * uniform(random)); }), error);
    expect_within_error(draw(1, [&] { return uniform(random); }), error);
  }
}

// Powers of gamma are the bounds of buckets, where rounding could lead a value into the neighbour.
TEST(DdSketch, KeepsItsErrorAtBoundsOfBuckets) {
  for (const double error : {0.001, 0.01, 0.1}) {
    const double gamma = (1 + error) / (1 - error);
    for (int power = -3'000; power <= 3'000; power += 7) {
      const double bound = std::pow(gamma, power);
      for (const double value : {std::nextafter(bound, 0.0), bound, std::nextafter(bound, kInfinity)}) {
        const double got = sketch_of(std::vector{value}, error).quantile(0.5);
        ASSERT_LE(std::fabs(got - value), error * value) << "error " << error << ", value " << value;
      }
    }
  }
}

TEST(DdSketch, KeepsItsErrorAtTheEndsOfDoubles) {
  for (const double error : {0.001, 0.01, 0.1}) {
    for (const double value :
         {kLargest, -kLargest, std::nextafter(kLargest, 0.0), std::numeric_limits<double>::min(),
          -std::numeric_limits<double>::min(), std::numeric_limits<double>::denorm_min()}) {
      const double got = sketch_of(std::vector{value}, error).quantile(0.5);
      EXPECT_TRUE(std::isfinite(got));
      EXPECT_LE(std::fabs(got - value), error * std::fabs(value)) << "error " << error << ", value " << value;
    }
  }
}

TEST(DdSketch, KeepsSignsZeroAndInfinitiesApart) {
  const DdSketch sketch = sketch_of(
      std::vector<double>{kInfinity, 2.0, -0.0, -3.0, -kInfinity, 0.0, 1e-300, -1e-300, kInfinity}, 0.01);
  EXPECT_EQ(sketch.count(), 9);
  EXPECT_EQ(sketch.quantile(0), -kInfinity);
  EXPECT_NEAR(sketch.quantile(1 / 8.0), -3, 0.03);
  EXPECT_NEAR(sketch.quantile(2 / 8.0), -1e-300, 1e-302);
  EXPECT_EQ(sketch.quantile(3 / 8.0), 0);
  EXPECT_EQ(sketch.quantile(4 / 8.0), 0);
  EXPECT_NEAR(sketch.quantile(5 / 8.0), 1e-300, 1e-302);
  EXPECT_NEAR(sketch.quantile(6 / 8.0), 2, 0.02);
  EXPECT_EQ(sketch.quantile(7 / 8.0), kInfinity);
  EXPECT_EQ(sketch.quantile(1), kInfinity);
}

TEST(DdSketch, MergesInAnyOrderAndGrouping) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(1, 5);
  std::vector<double> values = draw(5'000, [&] { return normal(random); });
  values.insert(values.end(), {0, kInfinity, -kInfinity, 0});
  const DdSketch want = sketch_of(values, 0.01);
  for (int trial = 0; trial < 5; ++trial) {
    std::shuffle(values.begin(), values.end(), random);
    std::vector<DdSketch> parts;
    for (size_t begin = 0; begin < values.size();) {
      const size_t size = std::min(values.size() - begin, static_cast<size_t>(random() % 400));
      parts.push_back(sketch_of(std::span(values).subspan(begin, size), 0.01));
      begin += size;
    }
    while (parts.size() > 1) {
      std::swap(parts[random() % parts.size()], parts.back());
      const DdSketch taken = std::move(parts.back());
      parts.pop_back();
      parts[random() % parts.size()].merge(taken);
    }
    expect_same(parts[0], want);
  }
}

// Every value lies in a bucket of its own, so the lowest are collapsed: low quantiles are lost, high ones are
// not.
TEST(DdSketch, CollapsesTheLowestBuckets) {
  constexpr size_t kValues = 3 * DdSketch::kBucketsMax;
  std::vector<double> values(kValues);
  for (size_t i = 0; i < kValues; ++i) values[i] = std::pow(1.03, static_cast<double>(i) - 10'000);
  std::mt19937_64 random(5);
  std::shuffle(values.begin(), values.end(), random);
  const DdSketch added = sketch_of(values, 0.01);
  DdSketch merged(0.01);
  for (size_t i = 0; i < 3; ++i) {
    const auto third = std::span(values).subspan(i * DdSketch::kBucketsMax, DdSketch::kBucketsMax);
    merged.merge(sketch_of(third, 0.01));
    EXPECT_LE(merged.size_bytes(), sizeof(DdSketch) + 2 * DdSketch::kBucketsMax * 8);
  }
  for (const DdSketch& sketch : {added, merged}) {
    EXPECT_EQ(sketch.count(), kValues);
    EXPECT_LE(sketch.size_bytes(), sizeof(DdSketch) + 2 * DdSketch::kBucketsMax * 8);
    for (const double q : {0.68, 0.8, 0.9, 0.999, 1.0}) {
      const double want = ranked(values, q);
      EXPECT_NEAR(sketch.quantile(q), want, 0.01 * want) << "q " << q;
    }
    EXPECT_GT(sketch.quantile(0), ranked(values, 0.6));
    EXPECT_EQ(sketch.quantile(0), sketch.quantile(0.6));
  }
}

TEST(DdSketch, CollapsesNeitherZeroNorInfinitiesNorSigns) {
  DdSketch sketch(0.01);
  for (const double value : {kInfinity, 0.0, -kInfinity}) sketch.add(value);
  for (int i = 0; i < 6'000; ++i) {
    sketch.add(std::pow(1.03, i - 3'000));
    sketch.add(-std::pow(1.03, i - 3'000));
  }
  EXPECT_EQ(sketch.count(), 12'003);
  EXPECT_EQ(sketch.quantile(0), -kInfinity);
  EXPECT_LT(sketch.quantile(5'999 / 12'002.0),
            0);  // all negative values are in one bucket, the nearest to zero
  EXPECT_EQ(sketch.quantile(6'001 / 12'002.0), 0);
  EXPECT_GT(sketch.quantile(6'003 / 12'002.0), 0);
  EXPECT_EQ(sketch.quantile(1), kInfinity);
  const double highest = std::pow(1.03, 2'999);
  EXPECT_NEAR(sketch.quantile(12'001 / 12'002.0), highest, 0.01 * highest);
}

}  // namespace
}  // namespace weir::aggregation
