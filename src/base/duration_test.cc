#include "base/duration.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(ParseDuration, ReadsUnitsInDescendingOrder) {
  EXPECT_EQ(parse_duration("5m").value(), 300'000);
  EXPECT_EQ(parse_duration("1h30m").value(), 5'400'000);
  EXPECT_EQ(parse_duration("1s500ms").value(), 1'500);
  EXPECT_EQ(parse_duration("1w").value(), 604'800'000);
  EXPECT_EQ(parse_duration("0").value(), 0);
}

TEST(ParseDuration, RefusesWhatPrometheusRefuses) {
  for (const char* text : {"", "5", "m", "5x", "1m1h", "1m1m", "-5m", "1.5h", "5m ", "99999999999999y"}) {
    EXPECT_FALSE(parse_duration(text).ok()) << text;
  }
}

TEST(FormatDuration, IsReadBack) {
  for (int64_t ms : {0, 1, 999, 1'000, 61'000, 5'400'000, 86'400'000, 604'800'000, 1'234'567'890}) {
    EXPECT_EQ(parse_duration(format_duration(ms)).value(), ms) << format_duration(ms);
  }
  EXPECT_EQ(format_duration(5'400'000), "1h30m");
}

TEST(ParseTime, ReadsSecondsAndRfc3339) {
  EXPECT_EQ(parse_time("1700000000").value(), 1'700'000'000'000);
  EXPECT_EQ(parse_time("1700000000.1234").value(), 1'700'000'000'123);
  EXPECT_EQ(parse_time("1.7e9").value(), 1'700'000'000'000);
  EXPECT_EQ(parse_time("2024-01-02T03:04:05.678Z").value(), 1'704'164'645'678);
  EXPECT_EQ(parse_time("2024-01-02T04:04:05+01:00").value(), 1'704'164'645'000);
}

TEST(ParseTime, RefusesTheRest) {
  for (const char* text :
       {"", "now", "NaN", "Inf", "1e300", "2024-13-02T03:04:05Z", "2024-01-02", "2024-01-02T03:04:05",
        "2024-02-30T00:00:00Z", "2024-01-02T25:04:05Z", "2024-01-02T03:04:05.Z"}) {
    EXPECT_FALSE(parse_time(text).ok()) << text;
  }
}

TEST(FormatTime, IsReadBack) {
  EXPECT_EQ(format_time(1'704'164'645'678), "2024-01-02T03:04:05.678Z");
  EXPECT_EQ(parse_time(format_time(1'704'164'645'678)).value(), 1'704'164'645'678);
}

}  // namespace
}  // namespace weir
