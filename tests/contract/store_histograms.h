#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "contract/store_fixture.h"
#include "support/histograms.h"

namespace weir::store {

/// What a store that keeps native histograms does with them. A harness whose store keeps none has
/// `static constexpr bool kKeepsHistograms = false`.
template <typename Harness>
class StoreHistograms : public StoreFixture<Harness> {
 protected:
  using Value = std::variant<double, Histogram>;
  using Series = std::map<TimestampMs, Value>;

  static constexpr bool keeps_histograms() {
    if constexpr (requires { Harness::kKeepsHistograms; }) return Harness::kKeepsHistograms;
    return true;
  }
  void SetUp() override {
    if (!keeps_histograms()) GTEST_SKIP() << "this store keeps no histograms";
    StoreFixture<Harness>::SetUp();
  }

  static Labels latency() { return Labels::of({{"__name__", "latency"}}); }

  CommitReport write(const std::vector<std::pair<TimestampMs, Value>>& samples) {
    Batch batch;
    batch.begin_series(latency().view().bytes());
    for (const auto& [at, value] : samples) {
      if (const auto* histogram = std::get_if<Histogram>(&value)) {
        batch.add_histogram(at, *histogram);
      } else {
        batch.add_sample(at, std::get<double>(value));
      }
    }
    return StoreFixture<Harness>::write(this->tenant(1), std::move(batch));
  }

  Series read(TimeRange range = TimeRange::all()) {
    const std::vector<Matcher> matchers = {this->every_series()};
    auto set = this->store().select(this->tenant(1), {matchers, range}, Deadline::never()).value();
    Series found;
    while (set->next().value()) {
      SampleColumns samples;
      EXPECT_TRUE(set->read(samples).ok());
      EXPECT_TRUE(samples.histograms.empty() || samples.histograms.size() == samples.size());
      for (size_t i = 0; i < samples.size(); ++i) {
        const TimestampMs at = samples.timestamps_ms[i];
        EXPECT_TRUE(found.empty() || found.rbegin()->first < at) << "times ascend";
        if (const HistogramPtr histogram = samples.histogram(i)) {
          EXPECT_EQ(std::bit_cast<uint64_t>(samples.values[i]), std::bit_cast<uint64_t>(histogram->sum));
          found.emplace(at, *histogram);
        } else {
          found.emplace(at, samples.values[i]);
        }
      }
    }
    return found;
  }

  void expect_holds(const Series& expected, TimeRange range = TimeRange::all()) {
    const Series found = read(range);
    size_t differing = 0;
    for (const auto& [at, value] : expected) {
      if (!range.contains(at)) continue;
      const auto stored = found.find(at);
      differing += stored == found.end() || !(stored->second == value);
    }
    EXPECT_EQ(differing, 0u) << "of " << expected.size();
    EXPECT_EQ(found.size(),
              static_cast<size_t>(std::count_if(expected.begin(), expected.end(),
                                                [&](const auto& e) { return range.contains(e.first); })));
  }

  static Histogram histogram(double count) {
    Histogram histogram;
    histogram.layout.positive_spans = {{0, 1}};
    histogram.positive_buckets = {count};
    histogram.count = count;
    histogram.sum = count / 8;
    return histogram;
  }
};

TYPED_TEST_SUITE_P(StoreHistograms);

TYPED_TEST_P(StoreHistograms, RoundTripsEveryHistogramBitForBit) {
  os::Random random(11);
  typename TestFixture::Series expected;
  std::vector<std::pair<TimestampMs, typename TestFixture::Value>> samples;
  Histogram histogram = tests::random_histogram(random);
  for (TimestampMs i = 0; i < 1'500; ++i) {
    samples.emplace_back(this->kStart + i * 15'000, histogram);
    expected.emplace(samples.back());
    histogram = tests::next_histogram(histogram, random);
  }
  EXPECT_EQ(this->write(samples).appended, samples.size());
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    this->expect_holds(expected);
    this->expect_holds(expected, {this->kStart + 100'000, this->kStart + 9'000'000});
    EXPECT_EQ(this->write(samples).duplicates, samples.size());
  }
}

TYPED_TEST_P(StoreHistograms, HasOneSampleAtATimeOfEitherKind) {
  using Number = typename TestFixture::Value;
  const Histogram one = this->histogram(1);
  const CommitReport first =
      this->write({{10, one}, {20, Number(2.0)}, {10, this->histogram(2)}, {20, one}, {10, one}});
  EXPECT_EQ(first.appended, 2u);
  EXPECT_EQ(first.conflicts, 2u);
  EXPECT_EQ(first.duplicates, 1u);
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    // The value of a histogram's sum is not the histogram, nor the other way round.
    Histogram sum_of_two = one;
    sum_of_two.sum = 2;
    const CommitReport report =
        this->write({{10, Number(one.sum)}, {20, sum_of_two}, {20, Number(2.0)}, {10, one}});
    EXPECT_EQ(report.conflicts, 2u);
    EXPECT_EQ(report.duplicates, 2u);
    this->expect_holds({{10, one}, {20, 2.0}});
  }
}

// Doubles and histograms in turn, from far and near in time, across windows, compactions and a crash.
TYPED_TEST_P(StoreHistograms, MixesThemInAnyOrderOfTime) {
  for (const uint64_t seed : {1, 2, 3}) {
    os::Random random(seed);
    typename TestFixture::Series expected = this->read();
    tests::GrowingHistogram growing(20, seed);
    TimestampMs now = this->kStart + static_cast<TimestampMs>(seed) * 10 * this->kHour;
    for (int round = 0; round < 40; ++round) {
      std::vector<std::pair<TimestampMs, typename TestFixture::Value>> samples;
      for (uint64_t left = random.below(60); left > 0; --left) {
        now += static_cast<TimestampMs>(random.below(60'000));
        const TimestampMs at =
            random.below(4) == 0 ? now - static_cast<TimestampMs>(random.below(8 * 3'600'000)) : now;
        if (random.below(5) == 0) {
          samples.emplace_back(at, static_cast<double>(random.below(100)));
        } else {
          samples.emplace_back(at, growing.next(random.below(20)));
        }
      }
      // Doubles of a commit come before its histograms.
      for (const bool histograms : {false, true}) {
        for (const auto& sample : samples) {
          if (std::holds_alternative<Histogram>(sample.second) == histograms) expected.emplace(sample);
        }
      }
      this->write(samples);
      this->compact_if(random.below(10) == 0);
      if (random.below(15) == 0) {
        this->harness_.crash();
        this->recover();
      }
    }
    this->expect_holds(expected);
    ASSERT_TRUE(this->store().compact(Deadline::never()).ok());
    this->expect_holds(expected);
    this->expect_holds(expected, {now - 9 * this->kHour, now - 3 * this->kHour});
  }
}

TYPED_TEST_P(StoreHistograms, StaleOnesAreKnownByTheirValue) {
  Histogram stale;
  stale.sum = stale_marker();
  this->write({{10, this->histogram(1)}, {20, stale}});
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    this->expect_holds({{10, this->histogram(1)}, {20, stale}});
    const std::vector<Matcher> matchers = {this->every_series()};
    auto set = this->store().select(this->tenant(1), {matchers, TimeRange::all()}, Deadline::never()).value();
    ASSERT_TRUE(set->next().value());
    SampleColumns samples;
    ASSERT_TRUE(set->read(samples).ok());
    EXPECT_FALSE(is_stale(samples.values.at(0)));
    EXPECT_TRUE(is_stale(samples.values.at(1)));
  }
}

TYPED_TEST_P(StoreHistograms, SeriesOfDoublesHaveNoColumnOfThem) {
  Batch batch;
  this->add(batch, this->labels({{"__name__", "a"}}), {{10, 1}});
  batch.begin_series(this->labels({{"__name__", "b"}}).view().bytes());
  batch.add_histogram(10, this->histogram(1));
  this->add(batch, this->labels({{"__name__", "c"}}), {{10, 1}});
  StoreFixture<TypeParam>::write(this->tenant(1), std::move(batch));
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    const std::vector<Matcher> matchers = {this->every_series()};
    auto set = this->store().select(this->tenant(1), {matchers, TimeRange::all()}, Deadline::never()).value();
    std::vector<size_t> sizes;
    while (set->next().value()) {
      SampleColumns samples;
      ASSERT_TRUE(set->read(samples).ok());
      sizes.push_back(samples.histograms.size());
    }
    EXPECT_THAT(sizes, testing::ElementsAre(0, 1, 0));
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreHistograms, RoundTripsEveryHistogramBitForBit,
                            HasOneSampleAtATimeOfEitherKind, MixesThemInAnyOrderOfTime,
                            StaleOnesAreKnownByTheirValue, SeriesOfDoublesHaveNoColumnOfThem);

}  // namespace weir::store
