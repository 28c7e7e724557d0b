#include <limits>

#include <gtest/gtest.h>

#include "rules/template/template_testing.h"

// What is expected is what Prometheus 3.16 says.
namespace weir::rules::templates {
namespace {

struct Numbers {
  double value;
  const char* humanize;
  const char* humanize_1024;
  const char* duration;
  const char* percentage;
  const char* timestamp;  ///< Null where it is an error.
};

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

const Numbers kNumbers[] = {
    {0, "0", "0", "0s", "0%", "1970-01-01 00:00:00 +0000 UTC"},
    {1, "1", "1", "1s", "100%", "1970-01-01 00:00:01 +0000 UTC"},
    {-1, "-1", "-1", "-1s", "-100%", "1969-12-31 23:59:59 +0000 UTC"},
    {0.5, "500m", "0.5", "500ms", "50%", "1970-01-01 00:00:00.5 +0000 UTC"},
    {999.995, "1000", "1000", "16m 39s", "1e+05%", "1970-01-01 00:16:39.995 +0000 UTC"},
    {1024, "1.024k", "1ki", "17m 4s", "1.024e+05%", "1970-01-01 00:17:04 +0000 UTC"},
    {1234567, "1.235M", "1.177Mi", "14d 6h 56m 7s", "1.235e+08%", "1970-01-15 06:56:07 +0000 UTC"},
    {1e15, "1P", "909.5Ti", "11574074074d 1h 46m 40s", "1e+17%", nullptr},
    {1e30, "1e+06Y", "8.272e+05Yi", "-106751991167300d -15h -30m -8s", "1e+32%", nullptr},
    {0.0001, "100u", "0.0001", "100us", "0.01%", "1970-01-01 00:00:00 +0000 UTC"},
    {1e-30, "1e-06y", "1e-30", "1e-06ys", "1e-28%", "1970-01-01 00:00:00 +0000 UTC"},
    {kNan, "NaN", "NaN", "NaN", "NaN%", "NaN"},
    {kInf, "+Inf", "+Inf", "+Inf", "+Inf%", "+Inf"},
    {-kInf, "-Inf", "-Inf", "-Inf", "-Inf%", "-Inf"},
    {59.9, "59.9", "59.9", "59.9s", "5990%", "1970-01-01 00:00:59.9 +0000 UTC"},
    {61.5, "61.5", "61.5", "1m 1s", "6150%", "1970-01-01 00:01:01.5 +0000 UTC"},
    {3600, "3.6k", "3.516ki", "1h 0m 0s", "3.6e+05%", "1970-01-01 01:00:00 +0000 UTC"},
    {90061.7, "90.06k", "87.95ki", "1d 1h 1m 1s", "9.006e+06%", "1970-01-02 01:01:01.7 +0000 UTC"},
    {-90061, "-90.06k", "-87.95ki", "-1d 1h 1m 1s", "-9.006e+06%", "1969-12-30 22:58:59 +0000 UTC"},
    {1700000000.123456, "1.7G", "1.583Gi", "19675d 22h 13m 20s", "1.7e+11%",
     "2023-11-14 22:13:20.123 +0000 UTC"},
};

TEST(TemplateNumbers, AreMadeReadableAsInPrometheus) {
  for (const Numbers& each : kNumbers) {
    EXPECT_EQ(expanded("{{ humanize $value }}", each.value), each.humanize) << each.value;
    EXPECT_EQ(expanded("{{ humanize1024 $value }}", each.value), each.humanize_1024) << each.value;
    EXPECT_EQ(expanded("{{ humanizeDuration $value }}", each.value), each.duration) << each.value;
    EXPECT_EQ(expanded("{{ humanizePercentage $value }}", each.value), each.percentage) << each.value;
    const std::string timestamp = expanded("{{ humanizeTimestamp $value }}", each.value);
    if (each.timestamp == nullptr) {
      EXPECT_TRUE(timestamp.starts_with("error: ")) << each.value;
    } else {
      EXPECT_EQ(timestamp, each.timestamp) << each.value;
    }
  }
}

}  // namespace
}  // namespace weir::rules::templates
