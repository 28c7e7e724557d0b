#include "telemetry/log_format.h"

#include <limits>

#include <gtest/gtest.h>

namespace weir::telemetry {
namespace {

constexpr int64_t kTime = 1'704'164'645'678;  // 2024-01-02T03:04:05.678Z

TEST(LogFormat, WritesOneFlatJsonObject) {
  EXPECT_EQ(
      format_json_line(kTime, Level::kWarn, "log", "slow sync", {{"ms", 12}, {"ok", false}, {"path", "a/b"}}),
      R"({"ts":"2024-01-02T03:04:05.678Z","level":"warn","msg":"slow sync","component":"log","ms":12,"ok":false,"path":"a/b"})");
}

TEST(LogFormat, CannotBeBrokenOutOf) {
  EXPECT_EQ(
      format_json_line(kTime, Level::kInfo, "x", "a\"b\\c\nd", {{"k", "\x1b[31m"}}),
      R"({"ts":"2024-01-02T03:04:05.678Z","level":"info","msg":"a\"b\\c\u000ad","component":"x","k":"\u001b[31m"})");
}

TEST(LogFormat, QuotesNumbersThatJsonLacks) {
  const std::string line =
      format_json_line(kTime, Level::kInfo, "x", "m", {{"v", std::numeric_limits<double>::infinity()}});
  EXPECT_NE(line.find(R"("v":"inf")"), std::string::npos) << line;
}

TEST(LogFormat, WritesALineForPeople) {
  EXPECT_EQ(format_human_line(kTime, Level::kInfo, "net", "listening", {{"address", "127.0.0.1:8080"}}),
            R"(03:04:05.678 info  net: listening address="127.0.0.1:8080")");
}

}  // namespace
}  // namespace weir::telemetry
