#include "aggregation/partial.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "aggregation/partial_test.h"

namespace weir::aggregation {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Partial of_values(const Partial::Needs& needs, std::vector<double> values,
                  std::optional<double> before = std::nullopt) {
  std::vector<TimestampMs> times(values.size());
  for (size_t i = 0; i < times.size(); ++i) times[i] = static_cast<TimestampMs>(i);
  Partial partial(needs);
  partial.add_series(needs, Labels::of({{"__name__", "up"}}), before, times, values);
  return partial;
}

double value_of(const Partial& partial, OutputKind kind) {
  return partial.value(output(kind), kLength_ms);
}

TEST(Partial, NeedsWhatTheOutputsSay) {
  Definition definition;
  definition.quantile_error = 0.05;
  definition.outputs = {output(OutputKind::kCount), output(OutputKind::kSum), output(OutputKind::kAvg)};
  Partial::Needs needs = Partial::Needs::of(definition);
  EXPECT_FALSE(needs.extremes || needs.moments || needs.ends || needs.increase || needs.series);
  EXPECT_FALSE(needs.distinct_values || needs.quantiles);
  EXPECT_EQ(needs.quantile_error, 0.05);
  EXPECT_EQ(Partial(needs).size_bytes(), sizeof(Partial));
  EXPECT_LE(sizeof(Partial), 64);

  definition.outputs = {output(OutputKind::kMax), output(OutputKind::kRate), output(OutputKind::kLast)};
  needs = Partial::Needs::of(definition);
  EXPECT_TRUE(needs.extremes && needs.increase && needs.ends);
  EXPECT_FALSE(needs.moments || needs.series || needs.distinct_values || needs.quantiles);

  definition.outputs = {{OutputKind::kDistinct, "user", 0},
                        {OutputKind::kDistinct, "host", 0},
                        {OutputKind::kDistinct, "user", 0},
                        output(OutputKind::kStddev)};
  needs = Partial::Needs::of(definition);
  EXPECT_EQ(needs.distinct_labels, (std::vector<std::string>{"host", "user"}));
  EXPECT_FALSE(needs.distinct_values);
  EXPECT_TRUE(needs.moments);
}

TEST(Partial, IsEmptyWithoutSamples) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  Partial partial = of_values(needs, {}, 5);
  EXPECT_TRUE(partial.empty());
  partial.merge_later(Partial(needs));
  EXPECT_TRUE(partial.empty());
  partial.merge_later(of_values(needs, {7}));
  partial.merge_later(Partial(needs));
  EXPECT_FALSE(partial.empty());
  for (const OutputKind kind : {OutputKind::kMin, OutputKind::kMax, OutputKind::kFirst, OutputKind::kLast}) {
    EXPECT_EQ(value_of(partial, kind), 7);
  }
  EXPECT_EQ(value_of(partial, OutputKind::kSeries), 1);  // the other had no sample
}

TEST(Partial, CountsAFallAsAReset) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  EXPECT_EQ(value_of(of_values(needs, {10, 15, 3, 4}), OutputKind::kIncrease), 5 + 3 + 1);
  EXPECT_EQ(value_of(of_values(needs, {10, 15, 3, 4}, 8), OutputKind::kIncrease), 2 + 5 + 3 + 1);
  EXPECT_EQ(value_of(of_values(needs, {10}, 12), OutputKind::kIncrease), 10);
  EXPECT_EQ(value_of(of_values(needs, {10}), OutputKind::kIncrease), 0);
  EXPECT_EQ(value_of(of_values(needs, {40}, 10), OutputKind::kRate), 0.5);
  EXPECT_EQ(value_of(of_values(needs, {kInfinity}), OutputKind::kIncrease), 0);
}

TEST(Partial, CountsTheRiseFromPaneToPaneOnlyWithTheValueBefore) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  Partial seen = of_values(needs, {10, 15});
  seen.merge_later(of_values(needs, {20, 21}, 15));
  EXPECT_EQ(value_of(seen, OutputKind::kIncrease), 5 + 5 + 1);
  Partial out_of_sight = of_values(needs, {10, 15});
  out_of_sight.merge_later(of_values(needs, {20, 21}));
  EXPECT_EQ(value_of(out_of_sight, OutputKind::kIncrease), 5 + 1);
}

TEST(Partial, TakesTheEndsOfEqualTimesInTheOrderOfSeries) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  const auto group = [](std::vector<std::vector<TimestampMs>> times,
                        std::vector<std::vector<double>> values) {
    std::vector<GroupSeries> out;
    for (size_t i = 0; i < times.size(); ++i) {
      const std::string instance = std::to_string(i);
      out.push_back({Labels::of({{"instance", instance}}), std::nullopt, times[i], values[i]});
    }
    return out;
  };
  const auto one = group({{10, 30}, {10, 30}, {20}}, {{1, 2}, {3, 4}, {5}});
  const Partial partial = partial_of(needs, one, 0, 100);
  EXPECT_EQ(value_of(partial, OutputKind::kFirst), 1);
  EXPECT_EQ(value_of(partial, OutputKind::kLast), 4);
  const auto other = group({{20, 25}, {15, 40}, {15}}, {{1, 2}, {3, 4}, {5}});
  EXPECT_EQ(value_of(partial_of(needs, other, 0, 100), OutputKind::kFirst), 3);
  EXPECT_EQ(value_of(partial_of(needs, other, 0, 100), OutputKind::kLast), 4);
}

TEST(Partial, PassesOverNaNInExtremesAndQuantiles) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  const Output median{OutputKind::kQuantile, "", 0.5};
  Partial partial = of_values(needs, {kNaN, kNaN});
  EXPECT_TRUE(std::isnan(value_of(partial, OutputKind::kMin)));
  EXPECT_TRUE(std::isnan(value_of(partial, OutputKind::kMax)));
  EXPECT_TRUE(std::isnan(partial.value(median, kLength_ms)));
  EXPECT_EQ(value_of(partial, OutputKind::kDistinct), 1);
  partial.merge_later(of_values(needs, {kNaN, 3, -2, kNaN}));
  EXPECT_EQ(value_of(partial, OutputKind::kMin), -2);
  EXPECT_EQ(value_of(partial, OutputKind::kMax), 3);
  EXPECT_NEAR(partial.value(median, kLength_ms), -2, 0.02);
  for (const OutputKind kind :
       {OutputKind::kSum, OutputKind::kAvg, OutputKind::kStddev, OutputKind::kIncrease}) {
    EXPECT_TRUE(std::isnan(value_of(partial, kind)));
  }
  EXPECT_EQ(value_of(partial, OutputKind::kCount), 6);
  const Partial infinite = of_values(needs, {kInfinity, kNaN});
  EXPECT_EQ(value_of(infinite, OutputKind::kMin), kInfinity);
  EXPECT_EQ(value_of(infinite, OutputKind::kMax), kInfinity);
}

TEST(Partial, KeepsInfiniteSums) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  Partial partial = of_values(needs, {1e100, 1, kInfinity, 1});
  EXPECT_EQ(value_of(partial, OutputKind::kSum), kInfinity);
  partial.merge_later(of_values(needs, {1e100, 1, -1e100}));
  EXPECT_EQ(value_of(partial, OutputKind::kSum), kInfinity);
  EXPECT_EQ(value_of(partial, OutputKind::kAvg), kInfinity);
  EXPECT_TRUE(std::isnan(value_of(partial, OutputKind::kStddev)));
  partial.merge_later(of_values(needs, {-kInfinity}));
  EXPECT_TRUE(std::isnan(value_of(partial, OutputKind::kSum)));
}

TEST(Partial, SumsWhatRoundingWouldLose) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  Partial partial = of_values(needs, {1e100, 1});
  partial.merge_later(of_values(needs, {1, -1e100}));
  EXPECT_EQ(value_of(partial, OutputKind::kSum), 2);
}

TEST(Partial, HasNoDeviationOfEqualValues) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  Partial partial(needs);
  for (int pane = 0; pane < 7; ++pane) partial.merge_later(of_values(needs, std::vector(11, 0.1)));
  EXPECT_EQ(value_of(partial, OutputKind::kStddev), 0);
  EXPECT_EQ(value_of(of_values(needs, {2, 4, 4, 4, 5, 5, 7, 9}), OutputKind::kStddev), 2);
}

TEST(Partial, TellsValuesApartByNumber) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  EXPECT_EQ(value_of(of_values(needs, {0.0, -0.0, 1, 1, -kNaN, kNaN, 0}), OutputKind::kDistinct), 3);
}

TEST(Partial, GrowsWithWhatIsDistinct) {
  const Partial::Needs needs = Partial::Needs::of(all_outputs());
  Partial partial(needs);
  const size_t empty_bytes = partial.size_bytes();
  EXPECT_LT(empty_bytes, 1'000);
  std::vector<double> values(10'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  partial.merge_later(of_values(needs, values));
  EXPECT_GT(partial.size_bytes(), empty_bytes + 16'384);
  EXPECT_LT(partial.size_bytes(), empty_bytes + 100'000);
}

}  // namespace
}  // namespace weir::aggregation
