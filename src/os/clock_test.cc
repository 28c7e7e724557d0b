#include "os/clock.h"

#include <atomic>

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "os/threads.h"

namespace weir::os {
namespace {

TEST(SystemClock, SteadyTimeNeverGoesBack) {
  const SteadyTime before = system_clock().steady();
  EXPECT_GE(system_clock().steady(), before);
  EXPECT_GT(system_clock().wall_ms(), 1'600'000'000'000);
}

TEST(SystemClock, SleepsUntilTheTimeOrTheStop) {
  const SteadyTime until = system_clock().steady() + milliseconds(5);
  EXPECT_TRUE(system_clock().sleep_until(until, {}));
  EXPECT_GE(system_clock().steady(), until);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(system_clock().sleep_until(SteadyTime::max(), stop.get_token()));
}

TEST(ManualClock, MovesOnlyWhenTold) {
  sim::ManualClock clock(1'000);
  const SteadyTime start = clock.steady();
  EXPECT_EQ(clock.wall_ms(), 1'000);
  clock.advance(milliseconds(250));
  EXPECT_EQ(clock.wall_ms(), 1'250);
  EXPECT_EQ(clock.steady() - start, milliseconds(250));
  clock.set_wall_ms(5);  // the wall may step back, steady time does not notice
  EXPECT_EQ(clock.wall_ms(), 5);
  EXPECT_EQ(clock.steady() - start, milliseconds(250));
}

TEST(ManualClock, WakesSleepers) {
  sim::ManualClock clock;
  std::atomic<bool> slept = false;
  {
    Thread sleeper("sleeper", [&, until = clock.steady() + milliseconds(100)](std::stop_token) {
      slept = clock.sleep_until(until, {});
    });
    clock.advance(milliseconds(99));
    EXPECT_FALSE(slept);
    clock.advance(milliseconds(1));
    sleeper.join();
  }
  EXPECT_TRUE(slept);
}

TEST(ManualClock, AStopEndsASleep) {
  sim::ManualClock clock;
  std::atomic<bool> slept = true;
  {
    Thread sleeper("sleeper",
                   [&](std::stop_token stop) { slept = clock.sleep_until(SteadyTime::max(), stop); });
  }
  EXPECT_FALSE(slept);
}

TEST(Deadline, PassesWithTheClock) {
  sim::ManualClock clock;
  const Deadline deadline = Deadline::after(clock, milliseconds(10));
  EXPECT_FALSE(deadline.passed(clock));
  EXPECT_EQ(deadline.left(clock), milliseconds(10));
  clock.advance(milliseconds(10));
  EXPECT_TRUE(deadline.passed(clock));
  clock.advance(milliseconds(10));
  EXPECT_EQ(deadline.left(clock), milliseconds(0));
}

TEST(Deadline, NeverNeverPasses) {
  sim::ManualClock clock;
  clock.advance(milliseconds(int64_t{1} << 40));
  EXPECT_FALSE(Deadline::never().passed(clock));
  EXPECT_EQ(Deadline::never().left(clock), milliseconds::max());
}

}  // namespace
}  // namespace weir::os
