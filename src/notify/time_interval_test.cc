#include "notify/time_interval.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rfc3339.h"
#include "notify/config.h"

namespace weir::notify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ReadConfig read(std::string_view interval, std::string_view route = "mute_time_intervals: [t]") {
  return parse_config(
      fmt::format("time_intervals: [{{name: t, time_intervals: [{{{}}}]}}]\n"
                  "route: {{receiver: a, routes: [{{matchers: [b=c], {}}}]}}\n"
                  "receivers: [{{name: a}}]",
                  interval, route));
}

bool muted(std::string_view interval, std::string_view at,
           std::string_view route = "mute_time_intervals: [t]") {
  const ReadConfig config = read(interval, route);
  CHECK(config.problems.empty(), config.problems[0].message);
  return config.config.root.routes[0].is_muted(parse_rfc3339(at).value());
}

TEST(TimeInterval, LooksAtHours) {
  constexpr std::string_view kOffice = "times: [{start_time: '09:00', end_time: '17:30'}]";
  EXPECT_FALSE(muted(kOffice, "2024-01-01T08:59:59Z"));
  EXPECT_TRUE(muted(kOffice, "2024-01-01T09:00:00Z"));
  EXPECT_TRUE(muted(kOffice, "2024-01-01T17:29:59Z"));
  EXPECT_FALSE(muted(kOffice, "2024-01-01T17:30:00Z"));
  EXPECT_TRUE(muted("times: [{start_time: '23:00', end_time: '24:00'}]", "2024-01-01T23:59:59Z"));
}

TEST(TimeInterval, LooksAtDaysMonthsAndYears) {
  EXPECT_TRUE(muted("weekdays: ['monday:friday']", "2024-01-05T12:00:00Z"));
  EXPECT_FALSE(muted("weekdays: ['Monday:Friday']", "2024-01-06T12:00:00Z"));
  EXPECT_TRUE(muted("weekdays: [saturday, sunday]", "2024-01-07T12:00:00Z"));
  EXPECT_TRUE(muted("days_of_month: ['1:5']", "2024-01-05T12:00:00Z"));
  EXPECT_FALSE(muted("days_of_month: ['1:5']", "2024-01-06T12:00:00Z"));
  EXPECT_TRUE(muted("days_of_month: ['-1']", "2024-02-29T12:00:00Z"));
  EXPECT_FALSE(muted("days_of_month: ['-1']", "2024-02-28T12:00:00Z"));
  EXPECT_TRUE(muted("days_of_month: ['1:-1']", "2024-02-28T12:00:00Z"));
  EXPECT_FALSE(muted("days_of_month: ['31']", "2024-02-29T12:00:00Z"));
  EXPECT_TRUE(muted("months: ['march:may', '12']", "2024-12-31T23:59:59Z"));
  EXPECT_FALSE(muted("months: ['march:may', '12']", "2024-02-29T12:00:00Z"));
  EXPECT_TRUE(muted("years: ['2020:2024']", "2024-12-31T23:59:59Z"));
  EXPECT_FALSE(muted("years: ['2020:2024']", "2025-01-01T00:00:00Z"));
}

TEST(TimeInterval, NeedsAllOfThem) {
  constexpr std::string_view kMondays = "weekdays: [monday], months: [january], location: UTC";
  EXPECT_TRUE(muted(kMondays, "2024-01-01T12:00:00Z"));
  EXPECT_FALSE(muted(kMondays, "2024-01-02T12:00:00Z"));
  EXPECT_FALSE(muted(kMondays, "2024-02-05T12:00:00Z"));
}

TEST(TimeInterval, MayBeTheTimesThatAreTold) {
  EXPECT_FALSE(muted("weekdays: [monday]", "2024-01-01T12:00:00Z", "active_time_intervals: [t]"));
  EXPECT_TRUE(muted("weekdays: [monday]", "2024-01-02T12:00:00Z", "active_time_intervals: [t]"));
  EXPECT_FALSE(muted("weekdays: [monday]", "2024-01-02T12:00:00Z", "active_time_intervals: []"));
}

TEST(TimeInterval, IsChecked) {
  const auto faults = [](std::string_view interval, std::string_view route = "mute_time_intervals: [t]") {
    std::vector<std::string> out;
    for (const yaml::Problem& problem : read(interval, route).problems) out.push_back(problem.message);
    return out;
  };
  for (const char* bad :
       {"weekdays: [mon]", "weekdays: ['friday:monday']", "weekdays: ['1']", "days_of_month: ['0']",
        "days_of_month: ['32']", "days_of_month: ['-1:5']", "days_of_month: ['5:1']", "months: ['0']",
        "months: ['13']", "months: [may:march]", "years: ['2024:2020']", "years: [x]",
        "times: [{start_time: '9:00', end_time: '10:00'}]",
        "times: [{start_time: '10:00', end_time: '10:00'}]",
        "times: [{start_time: '10:00', end_time: '24:01'}]", "times: [{start_time: '10:00'}]"}) {
    EXPECT_THAT(faults(bad), ElementsAre(HasSubstr("expected"))) << bad;
  }
  EXPECT_THAT(faults("location: Europe/Berlin"),
              ElementsAre("time_intervals[0].time_intervals[0].location: Weir has no time zones but UTC"));
  EXPECT_THAT(faults("", "mute_time_intervals: [u]"),
              ElementsAre("route.routes[0].mute_time_intervals[0]: there is no time interval \"u\""));
  const ReadConfig root = parse_config(
      "mute_time_intervals: [{name: t, time_intervals: [{}]}, {name: t}, {}]\n"
      "route: {receiver: a, mute_time_intervals: [t]}\nreceivers: [{name: a}]");
  ASSERT_EQ(root.problems.size(), 3u);
  EXPECT_THAT(root.problems[0].message, HasSubstr("\"t\" is there twice"));
  EXPECT_THAT(root.problems[1].message, HasSubstr("it needs a name"));
  EXPECT_THAT(root.problems[2].message, HasSubstr("the root is told at all times"));
}

}  // namespace
}  // namespace weir::notify
