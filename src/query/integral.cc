#include <array>
#include <cmath>

#include "query/kahan.h"
#include "query/range_functions.h"

namespace weir::query {
namespace {

// How the value between two samples is taken: as the one before, the one behind, or their mean.
constexpr double kLeft = 0;
constexpr double kRight = 1;
constexpr double kTrapezoid = 2;

double nan_as_zero(double value) {
  return std::isnan(value) ? 0 : value;
}

// The mean of two values, in two parts whose sum is nearer to it than one double is. Finite values have a
// finite mean.
std::array<double, 2> mean(double a, double b) {
  KahanSum sum(b);
  sum.add(a);
  if (!std::isinf(sum.sum()) || std::isinf(a) || std::isinf(b)) {
    return {sum.sum() / 2, sum.compensation() / 2};
  }
  sum = KahanSum(b / 2);
  sum.add(a / 2);
  return {sum.sum(), sum.compensation()};
}

std::array<double, 2> height(double strategy, double before, double now) {
  if (strategy == kLeft) return {before, 0};
  if (strategy == kRight) return {now, 0};
  return mean(now, before);
}

}  // namespace

bool is_integral_strategy(double strategy) {
  return strategy == kLeft || strategy == kRight || strategy == kTrapezoid;
}

// The area under the samples, in value times seconds. NaN counts as zero.
double integral(const Window& window) {
  const double given = window.params.empty() ? kTrapezoid : window.params[0];
  const double strategy = is_integral_strategy(given) ? given : kTrapezoid;
  KahanSum area;
  for (size_t i = 1; i < window.size(); ++i) {
    const auto [value, rest] =
        height(strategy, nan_as_zero(window.values[i - 1]), nan_as_zero(window.values[i]));
    if (value == 0 && rest == 0) continue;
    const double seconds = static_cast<double>(window.timestamps_ms[i] - window.timestamps_ms[i - 1]) / 1000;
    area = KahanSum(area.sum(), area.compensation() + rest * seconds);
    area.add(value * seconds);
  }
  return std::isinf(area.sum()) ? area.sum() : area.value();
}

}  // namespace weir::query
