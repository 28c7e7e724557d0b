#include "stream/live/live_times.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"

namespace weir::stream {
namespace {

constexpr TimestampMs kNow = 1'700'000'000'400;

class LiveTimesTest : public testing::Test {
 protected:
  LiveTimes with_watermark() {
    LiveTimes::Options options;
    options.watermark_ms = [this](TenantId) { return watermark_ms_; };
    return {options, clock_};
  }

  os::sim::ManualClock clock_{kNow};
  const TenantId tenant_ = TenantId::from_stored(7);
  std::optional<TimestampMs> watermark_ms_;
};

TEST_F(LiveTimesTest, WaitsAFixedTimeWithoutAWatermark) {
  const LiveTimes times({.settle = os::milliseconds(150)}, clock_);
  EXPECT_EQ(times.newest(tenant_, 1'000).at_ms, 1'700'000'000'000);
  EXPECT_TRUE(times.newest(tenant_, 1'000).complete);
  EXPECT_EQ(times.wait_for(tenant_, 1'700'000'001'000).count(), 750);
  clock_.advance(os::milliseconds(749));
  EXPECT_EQ(times.newest(tenant_, 1'000).at_ms, 1'700'000'000'000);
  clock_.advance(os::milliseconds(1));
  EXPECT_EQ(times.newest(tenant_, 1'000).at_ms, 1'700'000'001'000);
}

TEST_F(LiveTimesTest, TakesATimeAsSoonAsTheWatermarkHasReachedIt) {
  const LiveTimes times = with_watermark();
  watermark_ms_ = 1'700'000'000'000 - 1;
  EXPECT_EQ(times.newest(tenant_, 1'000).at_ms, 1'699'999'999'000);
  watermark_ms_ = 1'700'000'000'000;
  EXPECT_EQ(times.newest(tenant_, 1'000).at_ms, 1'700'000'000'000);
  EXPECT_TRUE(times.newest(tenant_, 1'000).complete);
  EXPECT_EQ(times.wait_for(tenant_, 1'700'000'001'000).count(), 1'000) << "as far as the watermark lies back";
}

TEST_F(LiveTimesTest, TakesAnOverdueTimeAsIncomplete) {
  const LiveTimes times = with_watermark();
  for (const std::optional<TimestampMs> watermark_ms :
       {std::optional<TimestampMs>(), std::optional(kNow - 60'000)}) {
    watermark_ms_ = watermark_ms;
    EXPECT_EQ(times.newest(tenant_, 1'000).at_ms, 1'699'999'998'000) << "two seconds back";
    EXPECT_FALSE(times.newest(tenant_, 1'000).complete);
    EXPECT_EQ(times.wait_for(tenant_, 1'699'999'999'000).count(), 50) << "it may jump";
    EXPECT_LE(times.wait_for(tenant_, kNow - 1'990).count(), 10) << "the bound is near";
    EXPECT_EQ(times.wait_for(tenant_, kNow - 5'000).count(), 1);
  }
}

TEST_F(LiveTimesTest, TakesNoTimeThatIsStillToCome) {
  const LiveTimes times = with_watermark();
  watermark_ms_ = kNow + 60'000;
  EXPECT_EQ(times.newest(tenant_, 1'000).at_ms, 1'700'000'000'000);
  clock_.set_wall_ms(100);
  EXPECT_EQ(times.newest(tenant_, 1'000).at_ms, 0);
}

}  // namespace
}  // namespace weir::stream
