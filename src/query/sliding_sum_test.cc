#include "query/sliding_sum.h"

#include <bit>

#include <gtest/gtest.h>

#include "os/random.h"
#include "query/range_functions.h"

namespace weir::query {
namespace {

TEST(SlidingSum, IsThatOfEachWindowBitForBit) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(seed);
  os::Random random(seed);
  SlidingSum sums;
  for (int round = 0; round < 1'000; ++round) {
    std::vector<double> values(1 + random.below(100));
    const uint64_t scale = uint64_t{1} << random.below(45);
    for (double& value : values)
      value = (random.below(2) == 0 ? -1.0 : 1.0) * static_cast<double>(random.below(scale));
    ASSERT_TRUE(sums.reset(values));
    for (int i = 0; i < 20; ++i) {
      const size_t begin = random.below(values.size());
      const size_t count = 1 + random.below(values.size() - begin);
      Window window;
      window.values = std::span(values).subspan(begin, count);
      const double sum = sums.of(begin, begin + count);
      ASSERT_EQ(std::bit_cast<uint64_t>(sum), std::bit_cast<uint64_t>(sum_over_time(window)));
      ASSERT_EQ(std::bit_cast<uint64_t>(sum / static_cast<double>(count)),
                std::bit_cast<uint64_t>(avg_over_time(window)));
    }
  }
}

TEST(SlidingSum, LeavesWhatMayRound) {
  SlidingSum sums;
  for (const std::vector<double>& values :
       {std::vector<double>{1, 2.5}, {std::nan("")}, {HUGE_VAL}, {9'007'199'254'740'992.0}, {5e15, -5e15}}) {
    EXPECT_FALSE(sums.reset(values));
  }
  EXPECT_TRUE(sums.reset({}));
}

}  // namespace
}  // namespace weir::query
