#include "gateway/parameters.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"

namespace weir::gateway {
namespace {

net::Params params(std::string_view text) {
  net::Params result;
  result.parse(text).value();
  return result;
}

TEST(TimeParameter, FallsBackWhenAbsentOrEmpty) {
  EXPECT_EQ(time_parameter(params(""), "time", 7).value(), 7);
  EXPECT_EQ(time_parameter(params("time="), "time", 7).value(), 7);
  EXPECT_EQ(time_parameter(params("time=1.5"), "time", 7).value(), 1'500);
}

TEST(TimeParameter, NamesTheParameter) {
  EXPECT_EQ(time_parameter(params(""), "start", std::nullopt).error().message,
            "invalid parameter \"start\": is missing");
  EXPECT_TRUE(time_parameter(params("start=x"), "start", std::nullopt)
                  .error()
                  .message.starts_with("invalid parameter \"start\": \"x\" is not a time"));
}

TEST(DurationParameter, TakesSecondsAndDurations) {
  EXPECT_EQ(duration_parameter(params("step=15"), "step").value(), 15'000);
  EXPECT_EQ(duration_parameter(params("step=0.5"), "step").value(), 500);
  EXPECT_EQ(duration_parameter(params("step=1m"), "step").value(), 60'000);
  EXPECT_EQ(duration_parameter(params(""), "step").value(), std::nullopt);
  EXPECT_FALSE(duration_parameter(params("step=soon"), "step").ok());
}

TEST(LimitParameter, TakesZeroForNoLimitOfItsOwn) {
  EXPECT_EQ(limit_parameter(params("limit=0"), 10).value(), 10u);
  EXPECT_EQ(limit_parameter(params("limit=3"), 10).value(), 3u);
  EXPECT_EQ(limit_parameter(params("limit=99"), 10).value(), 10u);
  EXPECT_FALSE(limit_parameter(params("limit=-1"), 10).ok());
}

TEST(DeadlineParameter, OnlyShortens) {
  os::sim::ManualClock clock;
  EXPECT_EQ(deadline_parameter(params("timeout=2"), clock, 5'000).value().left(clock).count(), 2'000);
  EXPECT_EQ(deadline_parameter(params("timeout=20"), clock, 5'000).value().left(clock).count(), 5'000);
  EXPECT_FALSE(deadline_parameter(params("timeout=0"), clock, 5'000).ok());
}

}  // namespace
}  // namespace weir::gateway
