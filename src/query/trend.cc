#include <cmath>

#include "query/kahan.h"
#include "query/range_functions.h"

namespace weir::query {
namespace {

struct Line {
  double slope;
  double intercept;
};

// Least squares through the samples, time in seconds after `origin_ms`, which lies near them to keep digits.
Line least_squares(const Window& window, TimestampMs origin_ms) {
  KahanSum sum_x;
  KahanSum sum_y;
  KahanSum sum_xy;
  KahanSum sum_xx;
  bool constant = true;
  for (size_t i = 0; i < window.size(); ++i) {
    const double x = static_cast<double>(window.timestamps_ms[i] - origin_ms) / 1e3;
    const double y = window.values[i];
    if (i > 0 && y != window.first()) constant = false;
    sum_x.add(x);
    sum_y.add(y);
    sum_xy.add(x * y);
    sum_xx.add(x * x);
  }
  if (constant && std::isinf(window.first())) return {std::nan(""), std::nan("")};
  if (constant) return {0, window.first()};
  const auto count = static_cast<double>(window.size());
  const double covariance = sum_xy.value() - sum_x.value() * sum_y.value() / count;
  const double variance = sum_xx.value() - sum_x.value() * sum_x.value() / count;
  const double slope = covariance / variance;
  return {slope, sum_y.value() / count - slope * sum_x.value() / count};
}

}  // namespace

double deriv(const Window& window) {
  if (window.size() < 2) return absent();
  return least_squares(window, window.timestamps_ms.front()).slope;
}

double predict_linear(const Window& window) {
  if (window.size() < 2) return absent();
  const Line line = least_squares(window, window.step_ms);
  return line.slope * window.params[0] + line.intercept;
}

bool is_smoothing_factor(double factor) {
  return !(factor <= 0 || factor >= 1);
}

double double_exponential_smoothing(const Window& window) {
  const double smoothing = window.params[0];
  const double trending = window.params[1];
  if (!is_smoothing_factor(smoothing) || !is_smoothing_factor(trending)) return std::nan("");
  if (window.size() < 2) return absent();
  double before = 0;
  double level = window.first();
  double trend = window.values[1] - window.values[0];
  for (size_t i = 1; i < window.size(); ++i) {
    if (i > 1) trend = trending * (level - before) + (1 - trending) * trend;
    const double next = smoothing * window.values[i] + (1 - smoothing) * (level + trend);
    before = level;
    level = next;
  }
  return level;
}

}  // namespace weir::query
