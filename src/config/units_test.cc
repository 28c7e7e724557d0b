#include "config/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::config {
namespace {

using std::chrono::milliseconds;

TEST(Duration, ReadsEveryUnit) {
  const std::pair<const char*, int64_t> cases[] = {
      {"0", 0},
      {"0s", 0},
      {"1ms", 1},
      {"500ms", 500},
      {"2s", 2'000},
      {"5m", 300'000},
      {"1h", 3'600'000},
      {"1h30m", 5'400'000},
      {"1d", 86'400'000},
      {"1w", 604'800'000},
      {"1m1ms", 60'001},
      {"90m", 5'400'000},
      {"1y", 31'536'000'000},
      {"292y", 9'208'512'000'000},
  };
  for (const auto& [text, ms] : cases) EXPECT_EQ(parse_duration(text).value(), milliseconds(ms)) << text;
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text :
       {"", "5", "m", "-5m", "+5m", "5 m", " 5m", "5m ", "1.5h", "5min", "5M", "30m1h", "1m1m", "1h30",
        "293y", "18446744073709551616ms", "99999999999999999999y", "1s\xff", "5m5"}) {
    const auto result = parse_duration(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code, Code::kInvalidArgument);
  }
  EXPECT_FALSE(parse_duration(std::string_view("5m\0", 3)).ok());
}

TEST(Duration, PrintsWhatItReads) {
  for (const int64_t ms : {0L, 1L, 999L, 1'000L, 90'000L, 5'400'000L, 86'400'001L, 9'208'512'000'000L}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds(ms))).value(), milliseconds(ms)) << ms;
  }
  EXPECT_EQ(format_duration(milliseconds(5'400'000)), "1h30m");
  EXPECT_EQ(format_duration(milliseconds(90ll * 86'400'000)), "90d");
  EXPECT_EQ(format_duration(milliseconds(14ll * 86'400'000)), "2w");
  EXPECT_EQ(format_duration(milliseconds(0)), "0s");
}

TEST(Size, ReadsEveryUnit) {
  const std::pair<const char*, uint64_t> cases[] = {
      {"0", 0},
      {"4096", 4096},
      {"10B", 10},
      {"1KiB", 1024},
      {"64MiB", 64u << 20},
      {"1GiB", 1u << 30},
      {"2TiB", 2ull << 40},
      {"5kB", 5'000},
      {"5KB", 5'000},
      {"5MB", 5'000'000},
      {"1GB", 1'000'000'000},
      {"1TB", 1'000'000'000'000},
      {"18446744073709551615", UINT64_MAX},
  };
  for (const auto& [text, bytes] : cases) EXPECT_EQ(parse_size(text).value(), bytes) << text;
}

TEST(Size, RefusesEverythingElse) {
  for (const char* text : {"", "MiB", "-1", "1.5GiB", "1 MiB", "1mib", "1M", "64MiBx", "0x10",
                           "18446744073709551616", "16777216TiB"}) {
    EXPECT_FALSE(parse_size(text).ok()) << text;
  }
}

TEST(Size, PrintsWhatItReads) {
  for (const uint64_t bytes : {0ul, 1ul, 1023ul, 1024ul, 1500ul, 64ul << 20, 3ul << 40, UINT64_MAX}) {
    EXPECT_EQ(parse_size(format_size(bytes)).value(), bytes);
  }
  EXPECT_EQ(format_size(64u << 20), "64MiB");
  EXPECT_EQ(format_size(1500), "1500B");
}

TEST(Count, ReadsWholeNumbersOnly) {
  EXPECT_EQ(parse_count("0").value(), 0U);
  EXPECT_EQ(parse_count("18446744073709551615").value(), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", "1.0", "1e3", "1 ", "ten", "18446744073709551616"}) {
    EXPECT_FALSE(parse_count(text).ok()) << text;
  }
}

TEST(Switch, ReadsTheWordsOfYaml) {
  for (const char* text : {"on", "true", "yes"}) EXPECT_TRUE(parse_switch(text).value());
  for (const char* text : {"off", "false", "no"}) EXPECT_FALSE(parse_switch(text).value());
  for (const char* text : {"", "1", "0", "On", "enabled"}) EXPECT_FALSE(parse_switch(text).ok()) << text;
}

}  // namespace
}  // namespace weir::config
