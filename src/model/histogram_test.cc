#include "model/histogram.h"

#include <cmath>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Histogram exponential() {
  Histogram histogram;
  histogram.layout.schema = 3;
  histogram.layout.zero_threshold = 0.001;
  histogram.layout.positive_spans = {{-2, 2}, {1, 1}};
  histogram.layout.negative_spans = {{0, 1}};
  histogram.positive_buckets = {1, 2, 3};
  histogram.negative_buckets = {4};
  histogram.count = 12;
  histogram.zero_count = 2;
  histogram.sum = 1.5;
  return histogram;
}

Histogram custom() {
  Histogram histogram;
  histogram.layout.schema = kHistogramSchemaCustom;
  histogram.layout.custom_bounds = {0.5, 1};
  histogram.layout.positive_spans = {{0, 3}};
  histogram.positive_buckets = {1, 2, 3};
  histogram.count = 6;
  return histogram;
}

struct Change {
  std::string_view message;  // empty: it stays valid
  std::function<void(Histogram&)> make;
};

void expect_verdicts(const Histogram& good, const std::vector<Change>& changes) {
  EXPECT_TRUE(validate(good).ok());
  for (const Change& change : changes) {
    Histogram histogram = good;
    change.make(histogram);
    const Status status = validate(histogram);
    if (change.message.empty()) {
      EXPECT_TRUE(status.ok()) << status.error().message;
    } else {
      ASSERT_FALSE(status.ok()) << change.message;
      EXPECT_EQ(status.error().code, Code::kInvalidArgument);
      EXPECT_THAT(status.error().message, HasSubstr(change.message));
    }
  }
}

TEST(Histogram, ExponentialOnesAreHeldToTheRules) {
  constexpr int32_t kLastIndex = std::numeric_limits<int32_t>::max();
  expect_verdicts(
      exponential(),
      {{"", [](Histogram& h) { h.layout.schema = kHistogramSchemaMin; }},
       {"", [](Histogram& h) { h.layout.schema = kHistogramSchemaMax; }},
       {"schema 9, known are -4 to 8 and -53", [](Histogram& h) { h.layout.schema = 9; }},
       {"schema -5", [](Histogram& h) { h.layout.schema = -5; }},
       {"zero threshold -1", [](Histogram& h) { h.layout.zero_threshold = -1; }},
       {"zero threshold nan", [](Histogram& h) { h.layout.zero_threshold = kNan; }},
       {"positive span 1 begins 1 buckets before",
        [](Histogram& h) { h.layout.positive_spans[1].offset = -1; }},
       {"", [](Histogram& h) { h.layout.positive_spans[0].offset = std::numeric_limits<int32_t>::min(); }},
       {"", [](Histogram& h) { h.layout.negative_spans[0].offset = kLastIndex - 1; }},
       {"negative span 0 ends at bucket 2147483648",
        [](Histogram& h) { h.layout.negative_spans[0].offset = kLastIndex; }},
       {"4 positive buckets, spans name 3", [](Histogram& h) { h.positive_buckets.push_back(1); }},
       {"0 negative buckets, spans name 1", [](Histogram& h) { h.negative_buckets.clear(); }},
       {"spans name 2", [](Histogram& h) { h.layout.negative_spans[0].length = 2; }},
       {"positive bucket 1 has the count -1", [](Histogram& h) { h.positive_buckets[1] = -1; }},
       {"the count is -1", [](Histogram& h) { h.count = -1; }},
       {"zero bucket has the count -2", [](Histogram& h) { h.zero_count = -2; }},
       {"custom bounds with schema 3", [](Histogram& h) { h.layout.custom_bounds = {1}; }},
       {"",
        [](Histogram& h) {
          h.positive_buckets = {kNan, kInfinity, -0.0};
        }},
       {"", [](Histogram& h) {
          h.layout.positive_spans.push_back({5, 0});
        }}});
}

TEST(Histogram, CustomOnesAreHeldToTheRules) {
  expect_verdicts(
      custom(),
      {{"custom bound 1 is 0.5, the one before 0.5", [](Histogram& h) { h.layout.custom_bounds[1] = 0.5; }},
       {"custom bound 1 is inf", [](Histogram& h) { h.layout.custom_bounds[1] = kInfinity; }},
       {"custom bound 0 is nan", [](Histogram& h) { h.layout.custom_bounds[0] = kNan; }},
       {"spans reach bucket 3 with 1 custom bounds", [](Histogram& h) { h.layout.custom_bounds.pop_back(); }},
       {"before the first custom bound", [](Histogram& h) { h.layout.positive_spans[0].offset = -1; }},
       {"neither negative buckets nor a zero bucket", [](Histogram& h) { h.layout.zero_threshold = 1; }},
       {"neither negative buckets nor a zero bucket",
        [](Histogram& h) {
          h.layout.negative_spans = {{0, 1}};
          h.negative_buckets = {1};
        }},
       {"no zero bucket", [](Histogram& h) { h.zero_count = 1; }}});
}

TEST(Histogram, EveryPartIsBounded) {
  Histogram histogram;
  histogram.layout.positive_spans = {{0, kHistogramBucketsMax}};
  histogram.positive_buckets.resize(kHistogramBucketsMax);
  EXPECT_TRUE(validate(histogram).ok());
  histogram.layout.negative_spans = {{0, 1}};
  histogram.negative_buckets = {1};
  EXPECT_THAT(validate(histogram).error().message, HasSubstr("10001 buckets, limit 10000"));
  histogram = {};
  histogram.layout.positive_spans.resize(kHistogramSpansMax);
  EXPECT_TRUE(validate(histogram).ok());
  histogram.layout.positive_spans.emplace_back();
  EXPECT_THAT(validate(histogram).error().message, HasSubstr("10001 spans, limit 10000"));
  histogram = {};
  histogram.layout.schema = kHistogramSchemaCustom;
  for (size_t i = 0; i < kHistogramBoundsMax; ++i)
    histogram.layout.custom_bounds.push_back(static_cast<double>(i));
  EXPECT_TRUE(validate(histogram).ok());
  histogram.layout.custom_bounds.push_back(1e9);
  EXPECT_THAT(validate(histogram).error().message, HasSubstr("10001 custom bounds, limit 10000"));
}

// Lengths near 2^32 in many spans must not wrap a sum that is then found small.
TEST(Histogram, HugeSpansDoNotWrap) {
  Histogram histogram;
  histogram.layout.positive_spans.assign(1000, {0, std::numeric_limits<uint32_t>::max()});
  EXPECT_FALSE(validate(histogram).ok());
  histogram.layout.positive_spans = {{std::numeric_limits<int32_t>::min(), 0x80000000u}};
  EXPECT_THAT(validate(histogram).error().message, HasSubstr("buckets, limit"));
}

TEST(Histogram, EqualsBitForBit) {
  EXPECT_EQ(exponential(), exponential());
  const std::vector<std::function<void(Histogram&)>> changes = {
      [](Histogram& h) { h.layout.schema = 4; },
      [](Histogram& h) { h.layout.zero_threshold = 0.002; },
      [](Histogram& h) {
        h.layout.positive_spans.push_back({1, 0});
      },
      [](Histogram& h) { h.layout.negative_spans[0].offset = 1; },
      [](Histogram& h) { h.layout.custom_bounds = {1}; },
      [](Histogram& h) { h.reset_hint = CounterResetHint::kGauge; },
      [](Histogram& h) { h.count = 13; },
      [](Histogram& h) { h.sum = kNan; },
      [](Histogram& h) { h.zero_count = 3; },
      [](Histogram& h) { h.positive_buckets[2] = 4; },
      [](Histogram& h) { h.negative_buckets[0] = 5; }};
  for (const auto& change : changes) {
    Histogram other = exponential();
    change(other);
    EXPECT_FALSE(other == exponential());
  }
  Histogram zero;
  Histogram minus_zero;
  minus_zero.sum = -0.0;
  EXPECT_FALSE(zero == minus_zero);
  zero.sum = minus_zero.sum = kNan;
  EXPECT_EQ(zero, minus_zero);
  EXPECT_FALSE(zero.is_stale());
  zero.sum = stale_marker();
  EXPECT_FALSE(zero == minus_zero);
  EXPECT_TRUE(zero.is_stale());
}

TEST(SampleColumns, HistogramsStandBesideTheirSums) {
  SampleColumns columns;
  columns.push_back(1, 0.5);
  EXPECT_TRUE(columns.histograms.empty());
  EXPECT_EQ(columns.histogram(0), nullptr);
  const auto histogram = std::make_shared<const Histogram>(exponential());
  columns.push_back(2, histogram);
  columns.push_back(3, 2.5);
  columns.align_histograms();
  EXPECT_THAT(columns.histograms, ::testing::ElementsAre(nullptr, histogram, nullptr));
  EXPECT_THAT(columns.values, ::testing::ElementsAre(0.5, 1.5, 2.5));
  columns.truncate(1);
  EXPECT_THAT(columns.histograms, ::testing::ElementsAre(nullptr));
}

}  // namespace
}  // namespace weir
