#include "query/sliding_extreme.h"

#include <functional>

#include <gtest/gtest.h>

#include "os/random.h"
#include "query/range_functions.h"

namespace weir::query {
namespace {

// The function of one window, and values of which many are the same, infinite, zeros of both signs or NaN.
TEST(SlidingExtreme, IsThatOfEachWindow) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(seed);
  os::Random random(seed);
  const std::vector<double> odd = {0.0, -0.0, 1, 2, 3, HUGE_VAL, -HUGE_VAL, std::nan("")};
  SlidingExtreme<std::greater<>> greatest;
  SlidingExtreme<std::less<>> least;
  for (int round = 0; round < 500; ++round) {
    std::vector<double> values(1 + random.below(60));
    const bool mostly_nan = random.below(4) == 0;
    for (double& value : values)
      value = mostly_nan && random.below(5) > 0 ? std::nan("") : odd[random.below(odd.size())];
    greatest.reset(values);
    least.reset(values);
    size_t begin = 0, end = 1;
    while (true) {
      Window window;
      window.values = std::span(values).subspan(begin, end - begin);
      const auto same = [](double a, double b) {
        return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
      };
      ASSERT_TRUE(same(greatest.of(begin, end), max_over_time(window))) << begin << " to " << end;
      ASSERT_TRUE(same(least.of(begin, end), min_over_time(window))) << begin << " to " << end;
      if (end == values.size()) break;
      end += 1 + random.below(std::min<size_t>(4, values.size() - end));
      begin += random.below(end - begin);
    }
  }
}

}  // namespace
}  // namespace weir::query
