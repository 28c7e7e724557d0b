#include <algorithm>
#include <cmath>

#include "query/kahan.h"
#include "query/range_functions.h"

namespace weir::query {
namespace {

double in_seconds(TimestampMs time_ms) {
  return static_cast<double>(time_ms) / 1000;
}

// The place of the value that no other is better than. NaN yields to whatever follows.
template <typename Better>
size_t best(std::span<const double> values, Better better) {
  size_t at = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    if (better(values[i], values[at]) || std::isnan(values[at])) at = i;
  }
  return at;
}

}  // namespace

double quantile(double q, std::span<double> values) {
  if (values.empty() || std::isnan(q)) return std::nan("");
  if (q < 0) return -HUGE_VAL;
  if (q > 1) return HUGE_VAL;
  std::sort(values.begin(), values.end(),
            [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
  const auto count = static_cast<double>(values.size());
  const double rank = q * (count - 1);
  const double lower = std::max(0.0, std::floor(rank));
  const double upper = std::min(count - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  if (weight == 0) return values[static_cast<size_t>(lower)];  // zero times infinity would be NaN
  return values[static_cast<size_t>(lower)] * (1 - weight) + values[static_cast<size_t>(upper)] * weight;
}

double avg_over_time(const Window& window) {
  // What is left out is in sums of integers, which are exact: the mean is their quotient.
  if (window.left_out > 0) return sum_over_time(window) / window.count();
  KahanMean mean;
  for (const double value : window.values) mean.add(value);
  return mean.value();
}

double sum_over_time(const Window& window) {
  KahanSum sum;
  for (const double value : window.values) sum.add(value);
  return sum.value();
}

double min_over_time(const Window& window) {
  return window.values[best(window.values, std::less<>())];
}

double max_over_time(const Window& window) {
  return window.values[best(window.values, std::greater<>())];
}

double count_over_time(const Window& window) {
  return window.count();
}

double first_over_time(const Window& window) {
  return window.first();
}

double last_over_time(const Window& window) {
  return window.last();
}

double present_over_time(const Window&) {
  return 1;
}

// Welford's method, both running values compensated.
double stdvar_over_time(const Window& window) {
  double count = 0;
  KahanSum mean;
  KahanSum squares;
  for (const double value : window.values) {
    ++count;
    const double distance = value - mean.value();
    mean.add(distance / count);
    squares.add(distance * (value - mean.value()));
  }
  return squares.value() / count;
}

double stddev_over_time(const Window& window) {
  return std::sqrt(stdvar_over_time(window));
}

double mad_over_time(const Window& window) {
  std::vector<double> values(window.values.begin(), window.values.end());
  if (std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); }))
    return std::nan("");
  const double median = quantile(0.5, values);
  for (double& value : values) value = std::fabs(value - median);
  return quantile(0.5, values);
}

double quantile_over_time(const Window& window) {
  std::vector<double> values(window.values.begin(), window.values.end());
  return quantile(window.params[0], values);
}

double ts_of_first_over_time(const Window& window) {
  return in_seconds(window.timestamps_ms.front());
}

double ts_of_last_over_time(const Window& window) {
  return in_seconds(window.timestamps_ms.back());
}

double lag(const Window& window) {
  return in_seconds(window.end_ms - window.timestamps_ms.back());
}

// Of equal values the last.
double ts_of_min_over_time(const Window& window) {
  return in_seconds(window.timestamps_ms[best(window.values, std::less_equal<>())]);
}

double ts_of_max_over_time(const Window& window) {
  return in_seconds(window.timestamps_ms[best(window.values, std::greater_equal<>())]);
}

}  // namespace weir::query
