#include "resilience/breakers.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"

namespace weir::resilience {
namespace {

TEST(Breakers, ShowThoseThatLive) {
  os::sim::ManualClock clock;
  Breakers breakers;
  CircuitBreaker first("first", {}, clock, 1);
  const auto watching_first = breakers.watch(first);
  {
    CircuitBreaker second("second", {}, clock, 2);
    const auto watching_second = breakers.watch(second);
    ASSERT_EQ(breakers.status().size(), 2u);
    EXPECT_EQ(breakers.status()[1].name, "second");
  }
  ASSERT_EQ(breakers.status().size(), 1u);
  EXPECT_EQ(breakers.status()[0].name, "first");
}

TEST(Breakers, AWatchMayOutliveTheList) {
  os::sim::ManualClock clock;
  CircuitBreaker breaker("one", {}, clock, 1);
  std::unique_ptr<Breakers::Watch> watch;
  {
    Breakers breakers;
    watch = breakers.watch(breaker);
  }
  watch.reset();
}

}  // namespace
}  // namespace weir::resilience
