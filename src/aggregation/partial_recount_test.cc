#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "aggregation/hyper_log_log.h"
#include "aggregation/partial.h"
#include "aggregation/partial_test.h"

namespace weir::aggregation {
namespace {

// What one who knows every sample says, each output by itself.
class Recount {
 public:
  explicit Recount(const std::vector<GroupSeries>& group) : group_(group) {
    for (const GroupSeries& series : group)
      values_.insert(values_.end(), series.values.begin(), series.values.end());
  }

  double value(const Output& wanted) const {
    const auto count = static_cast<long double>(values_.size());
    switch (wanted.kind) {
      case OutputKind::kCount:
        return static_cast<double>(values_.size());
      case OutputKind::kSum:
        return static_cast<double>(sum());
      case OutputKind::kMin:
        return *std::min_element(values_.begin(), values_.end());
      case OutputKind::kMax:
        return *std::max_element(values_.begin(), values_.end());
      case OutputKind::kAvg:
        return static_cast<double>(sum() / count);
      case OutputKind::kFirst:
        return first();
      case OutputKind::kLast:
        return last();
      case OutputKind::kIncrease:
        return static_cast<double>(increase());
      case OutputKind::kRate:
        return static_cast<double>(increase() * 1'000 / kLength_ms);
      case OutputKind::kStddev:
        return stddev();
      case OutputKind::kSeries:
        return static_cast<double>(with_samples());
      case OutputKind::kDistinct:
        return static_cast<double>(distinct(wanted.label));
      case OutputKind::kQuantile:
        return quantile(wanted.quantile);
    }
    return 0;
  }

 private:
  long double sum() const {
    long double total = 0;
    for (const double value : values_) total += value;
    return total;
  }
  double first() const {
    std::pair<TimestampMs, double> oldest{std::numeric_limits<TimestampMs>::max(), 0};
    for (const GroupSeries& series : group_) {
      for (size_t i = 0; i < series.values.size(); ++i) {
        if (series.times_ms[i] < oldest.first) oldest = {series.times_ms[i], series.values[i]};
      }
    }
    return oldest.second;
  }
  double last() const {
    std::pair<TimestampMs, double> newest{std::numeric_limits<TimestampMs>::min(), 0};
    for (const GroupSeries& series : group_) {
      for (size_t i = 0; i < series.values.size(); ++i) {
        if (series.times_ms[i] >= newest.first) newest = {series.times_ms[i], series.values[i]};
      }
    }
    return newest.second;
  }
  long double increase() const {
    long double total = 0;
    for (const GroupSeries& series : group_) {
      std::optional<double> previous = series.before;
      for (const double value : series.values) {
        if (previous) total += value < *previous ? static_cast<long double>(value) : value - *previous;
        previous = value;
      }
    }
    return total;
  }
  double stddev() const {
    const long double mean = sum() / static_cast<long double>(values_.size());
    long double squares = 0;
    for (const double value : values_) squares += (value - mean) * (value - mean);
    return static_cast<double>(std::sqrt(squares / static_cast<long double>(values_.size())));
  }
  size_t with_samples() const {
    return static_cast<size_t>(std::count_if(
        group_.begin(), group_.end(), [](const GroupSeries& series) { return !series.values.empty(); }));
  }
  size_t distinct(const std::string& label) const {
    if (label.empty()) return std::set<double>(values_.begin(), values_.end()).size();
    std::set<std::string> found;
    for (const GroupSeries& series : group_) {
      const std::string_view value = series.labels.view().get(label);
      if (!value.empty() && !series.values.empty()) found.emplace(value);
    }
    return found.size();
  }
  double quantile(double q) const {
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<size_t>(q * static_cast<double>(sorted.size() - 1))];
  }

  const std::vector<GroupSeries>& group_;
  std::vector<double> values_;
};

struct Shape {
  size_t series = 0;
  size_t samples = 0;  ///< Of a series, about.
  bool whole_numbers = false;
};

std::vector<GroupSeries> random_group(std::mt19937_64& random, const Shape& shape) {
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<GroupSeries> group;
  for (size_t i = 0; i < shape.series; ++i) {
    const std::string instance = std::to_string(i);
    const std::string user = std::to_string(random() % 40);
    std::vector<Label> labels{{"__name__", "requests"}, {"instance", instance}};
    if (i % 3 != 0) labels.push_back({"user", user});
    GroupSeries& series = group.emplace_back();
    series.labels = Labels::from(std::move(labels)).value();
    if (random() % 4 == 0) continue;  // has no sample in the window
    const auto one = [&] {
      return shape.whole_numbers ? static_cast<double>(random() % 1'000) : 100 * unit(random) - 10;
    };
    if (random() % 2 == 0) series.before = one();
    // Coarse times, so that several series have the oldest and the newest.
    for (TimestampMs time = 1'000; series.values.size() < shape.samples;
         time += 1'000 * static_cast<int64_t>(1 + random() % 3)) {
      series.times_ms.push_back(time);
      series.values.push_back(random() % 3 == 0 && !series.values.empty() ? series.values.back() : one());
    }
  }
  std::sort(group.begin(), group.end(),
            [](const GroupSeries& a, const GroupSeries& b) { return a.labels < b.labels; });
  return group;
}

Partial merged_panes(std::mt19937_64& random, const Partial::Needs& needs,
                     const std::vector<GroupSeries>& group, TimestampMs end_ms) {
  Partial merged(needs);
  for (TimestampMs begin = 0; begin < end_ms;) {
    const TimestampMs end = begin + 1 + static_cast<TimestampMs>(random() % 20'000);
    const Partial pane = partial_of(needs, group, begin, end);
    merged.merge_later(pane);
    begin = end;
  }
  return merged;
}

// What rounding may change, and by how much of the value.
double tolerance_of(OutputKind kind, bool whole_numbers) {
  switch (kind) {
    case OutputKind::kSum:
    case OutputKind::kIncrease:
      return whole_numbers ? 0 : 1e-12;
    case OutputKind::kAvg:
    case OutputKind::kRate:
    case OutputKind::kStddev:
      return 1e-12;
    case OutputKind::kQuantile:
      return 0.01;
    default:
      return 0;
  }
}

void expect_as_recounted(std::mt19937_64& random, const Shape& shape) {
  const Definition definition = all_outputs();
  const Partial::Needs needs = Partial::Needs::of(definition);
  const std::vector<GroupSeries> group = random_group(random, shape);
  const TimestampMs end_ms = 4'000 * static_cast<int64_t>(shape.samples + 1);
  const Partial once = partial_of(needs, group, 0, end_ms);
  const Partial merged = merged_panes(random, needs, group, end_ms);
  ASSERT_EQ(once.empty(), merged.empty());
  if (once.empty()) return;
  const Recount recount(group);
  for (const Output& wanted : definition.outputs) {
    SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(wanted.kind) << " of " << shape.series
                                    << " series with " << shape.samples << " samples");
    const double want = recount.value(wanted);
    double tolerance = tolerance_of(wanted.kind, shape.whole_numbers) * std::fabs(want);
    if (wanted.kind == OutputKind::kDistinct && want > HyperLogLog::kExactMax) tolerance = 0.03 * want;
    EXPECT_NEAR(once.value(wanted, kLength_ms), want, tolerance);
    EXPECT_NEAR(merged.value(wanted, kLength_ms), want, tolerance);
    if (wanted.kind == OutputKind::kDistinct || wanted.kind == OutputKind::kQuantile) {
      EXPECT_EQ(merged.value(wanted, kLength_ms), once.value(wanted, kLength_ms));
    }
  }
}

TEST(Partial, SaysWhatARecountOfAllSamplesSays) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const bool whole_numbers : {true, false}) {
    for (int trial = 0; trial < 30; ++trial) {
      expect_as_recounted(random, {1 + random() % 20, 1 + random() % 30, whole_numbers});
    }
    expect_as_recounted(random, {30, 500, whole_numbers});
    expect_as_recounted(random, {2'000, 4, whole_numbers});
  }
}

}  // namespace
}  // namespace weir::aggregation
