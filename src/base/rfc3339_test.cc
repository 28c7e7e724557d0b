#include "base/rfc3339.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

TimestampMs parsed(std::string_view text) {
  const Result<TimestampMs> time = parse_rfc3339(text);
  EXPECT_TRUE(time.ok()) << text;
  return time.ok() ? *time : -1;
}

TEST(Rfc3339, ReadsDatesAndTimes) {
  EXPECT_EQ(parsed("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parsed("2023-11-14T22:13:20Z"), 1'700'000'000'000);
  EXPECT_EQ(parsed("2023-11-14t22:13:20z"), 1'700'000'000'000);
  EXPECT_EQ(parsed("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  EXPECT_EQ(parsed("1969-12-31T23:59:59Z"), -1'000);
  EXPECT_EQ(parsed("0000-01-01T00:00:00Z"), -62'167'219'200'000);
  EXPECT_EQ(parsed("9999-12-31T23:59:59.999Z"), 253'402'300'799'999);
}

TEST(Rfc3339, ReadsOffsets) {
  EXPECT_EQ(parsed("2023-11-14T23:13:20+01:00"), 1'700'000'000'000);
  EXPECT_EQ(parsed("2023-11-14T16:43:20-05:30"), 1'700'000'000'000);
  EXPECT_EQ(parsed("2023-11-14T22:13:20-00:00"), 1'700'000'000'000);
}

TEST(Rfc3339, CutsFractionsToMilliseconds) {
  EXPECT_EQ(parsed("1970-01-01T00:00:00.5Z"), 500);
  EXPECT_EQ(parsed("1970-01-01T00:00:00.05Z"), 50);
  EXPECT_EQ(parsed("1970-01-01T00:00:00.1239999999999999999999Z"), 123);
  EXPECT_EQ(parsed("1969-12-31T23:59:59.9999Z"), -1) << "towards the past";
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "2023",
                                      "2023-11-14",
                                      "2023-11-14T22:13:20",
                                      "2023-11-14 22:13:20Z",
                                      "2023-11-14T22:13Z",
                                      "2023-11-14T22:13:20.Z",
                                      "2023-11-14T22:13:20Zx",
                                      "2023-11-14T22:13:20+0100",
                                      "2023-11-14T22:13:20+24:00",
                                      "2023-11-14T22:13:20+01:60",
                                      "2023-13-14T22:13:20Z",
                                      "2023-00-14T22:13:20Z",
                                      "2023-02-29T00:00:00Z",
                                      "2023-11-31T00:00:00Z",
                                      "2023-11-14T24:00:00Z",
                                      "2023-11-14T22:60:20Z",
                                      "2023-11-14T22:13:60Z",
                                      "+023-11-14T22:13:20Z",
                                      "20231114T221320Z",
                                      "2023-11-14T2\xff:13:20Z"}) {
    const Result<TimestampMs> time = parse_rfc3339(text);
    ASSERT_FALSE(time.ok()) << text;
    EXPECT_EQ(time.error().code, Code::kInvalidArgument);
  }
}

TEST(Rfc3339, KeepsMessagesShort) {
  EXPECT_LT(parse_rfc3339(std::string(100'000, '1')).error().message.size(), 200u);
}

}  // namespace
}  // namespace weir
