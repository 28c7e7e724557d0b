#pragma once

#include "contract/store_fixture.h"
#include "support/filtered_values.h"
#include "support/random_windows.h"
#include "support/window_summary.h"

namespace weir::store {

/// A reduction is a hint: with it every window comes to what it comes to without.
template <typename Harness>
class StoreReductions : public StoreFixture<Harness> {
 protected:
  static constexpr int64_t kHours = 30;

  void expect_equal_windows(RandomWindows& random, int rounds) {
    for (int round = 0; round < rounds; ++round) {
      const WindowReduction reduction = random.reduction();
      const std::vector<Matcher> all = {this->every_series()};
      ASSERT_EQ(selected_summaries(this->store(), this->tenant(1), all, reduction, true).value(),
                selected_summaries(this->store(), this->tenant(1), all, reduction, false).value());
    }
  }
  void expect_equal_values(RandomWindows& random, int rounds) {
    for (int round = 0; round < rounds; ++round) {
      const ValueFilter filter = random.filter();
      const TimestampMs begin = random.any_time();
      const TimeRange range{begin, begin + static_cast<int64_t>(random.below(kHours * this->kHour))};
      const std::vector<Matcher> all = {this->every_series()};
      const auto wrong = first_difference(
          selected_values(this->store(), this->tenant(1), all, range, filter, true).value(),
          selected_values(this->store(), this->tenant(1), all, range, filter, false).value());
      ASSERT_EQ(wrong, "") << "op " << static_cast<int>(filter.op) << " " << filter.bound << " from "
                           << range.mint_ms << " to " << range.maxt_ms;
    }
  }
  Batch batch_of(RandomWindows& random, uint64_t keep_one_in) {
    Batch batch;
    for (int s = 0; s < 6; ++s) {
      const std::string number = std::to_string(s);
      std::vector<Sample> samples;
      const SampleColumns columns = s < 2 ? random.samples() : random.dense_samples();
      for (size_t i = 0; i < columns.size(); ++i) {
        if (random.below(keep_one_in) == 0) samples.push_back({columns.timestamps_ms[i], columns.values[i]});
      }
      this->add(batch, this->labels({{"__name__", "m"}, {"s", number}}), samples);
    }
    return batch;
  }
};

TYPED_TEST_SUITE_P(StoreReductions);

TYPED_TEST_P(StoreReductions, KeepWhatEveryWindowComesTo) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomWindows random(seed, this->kStart, this->kHours);
  this->write(this->tenant(1), this->batch_of(random, 1));
  this->expect_equal_windows(random, 20);
  this->compact_if(true);
  this->expect_equal_windows(random, 60);
  // Late ones, and duplicates that lose.
  this->write(this->tenant(1), this->batch_of(random, 30));
  this->expect_equal_windows(random, 40);
  this->compact_if(true);
  this->expect_equal_windows(random, 40);
}

TYPED_TEST_P(StoreReductions, FiltersLeaveWhatPasses) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomWindows random(seed, this->kStart, this->kHours);
  this->write(this->tenant(1), this->batch_of(random, 1));
  this->compact_if(true);
  this->expect_equal_values(random, 60);
  this->write(this->tenant(1), this->batch_of(random, 30));
  this->expect_equal_values(random, 20);
  this->compact_if(true);
  this->expect_equal_values(random, 40);
}

TYPED_TEST_P(StoreReductions, KeepToTheRangeWhereItCutsWindows) {
  const Labels up = this->labels({{"__name__", "up"}});
  const TimestampMs hour = this->kStart / this->kHour * this->kHour;
  std::vector<Sample> samples;
  for (int64_t i = 0; i < 12 * 4; ++i)
    samples.push_back({hour + i * this->kHour / 4, 100.0 - static_cast<double>(i)});
  this->write(this->tenant(1), up, samples);
  for (const bool compacted : {false, true}) {
    this->compact_if(compacted);
    // A caller may ask for less than the windows cover; then that is all there is.
    const std::vector<Matcher> all = {this->every_series()};
    SelectRequest request{all, {hour + this->kHour + 1, hour + 8 * this->kHour}};
    request.reduction = {WindowReduction::Kind::kMax, hour + 10 * this->kHour, 0, 1, 10 * this->kHour};
    const auto set = this->store().select(this->tenant(1), request, Deadline::never()).value();
    ASSERT_TRUE(set->next().value());
    SampleColumns found;
    ASSERT_TRUE(set->read(found).ok());
    ASSERT_GT(found.size(), 0u);
    EXPECT_TRUE(request.range.contains(found.timestamps_ms.front()));
    EXPECT_TRUE(request.range.contains(found.timestamps_ms.back()));
    EXPECT_EQ(*std::max_element(found.values.begin(), found.values.end()), 95);
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreReductions, KeepWhatEveryWindowComesTo, FiltersLeaveWhatPasses,
                            KeepToTheRangeWhereItCutsWindows);

}  // namespace weir::store
