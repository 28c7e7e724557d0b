#include "app/cli/time_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

TEST(TimeText, PrintsUtc) {
  EXPECT_EQ(readable_time(1'700'000'000'000), "2023-11-14 22:13:20");
  EXPECT_EQ(readable_time(1'700'000'000'007), "2023-11-14 22:13:20.007");
  EXPECT_EQ(readable_time(0), "1970-01-01 00:00:00");
  EXPECT_EQ(readable_time(-1), "1969-12-31 23:59:59.999");
  EXPECT_EQ(readable_time(253'402'300'799'999), "9999-12-31 23:59:59.999");
  EXPECT_EQ(readable_time(253'402'300'800'000), "253402300800");
  EXPECT_FALSE(readable_time(std::numeric_limits<TimestampMs>::min()).empty());
}

}  // namespace
}  // namespace weir::app::cli
