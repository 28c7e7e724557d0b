#include "app/cli/explain_output.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

constexpr std::string_view kRun = R"json({"analyzed": true,
  "totals": {"queued_us": 90, "parse_us": 40, "evaluate_us": 2005000, "peak_bytes": 1048576, "read_series": 12, "read_samples": 34567, "result_series": 1,
             "result_points": 241},
  "tree": {"node": "+ on (job)", "text": "sum(rate(m[5m])) + on (job) n", "time_us": 2000000, "self_us": 20000,
           "series": 1, "read_series": 0, "read_samples": 0, "children": [
    {"node": "sum by (job)", "text": "sum by (job) (rate(m[5m]))", "time_us": 1980000, "self_us": 80000, "series": 1,
     "read_series": 0, "read_samples": 0, "children": [
      {"node": "selector", "text": "m[5m]", "time_us": 1900000, "self_us": 1900000, "series": 11, "read_series": 11,
       "read_samples": 34567, "children": []}]},
    {"node": "selector", "text": "n", "time_us": 900, "self_us": 900, "series": 0, "read_series": 1, "read_samples": 0,
     "children": []}]},
  "warnings": ["PromQL warning: odd"], "infos": ["PromQL info: \u001bodd"]})json";

TEST(Explanation, IsATreeOfCosts) {
  EXPECT_EQ(*to_explanation(kRun, {.utf8 = true}),
            "warning: PromQL warning: odd\n"
            "info: PromQL info: \xef\xbf\xbdodd\n"
            "waited 90 us, parsed in 40 us, evaluated in 2.00 s; read 12 series, 34,567 samples; held 1.0 "
            "MiB at most; "
            "result 1 series, 241 points\n"
            "NODE               TIME     SELF  SHARE  SERIES  SAMPLES READ\n"
            "+ on (job)       2.00 s  20.0 ms     1%       1\n"
            "├─ sum by (job)  1.98 s  80.0 ms     4%       1\n"
            "│  └─ m[5m]      1.90 s   1.90 s    95%      11        34,567\n"
            "└─ n             900 us   900 us     0%       0             0\n");
}

TEST(Explanation, IsPlainWhereTheTerminalIs) {
  EXPECT_THAT(*to_explanation(kRun, {}), HasSubstr("\n|- sum by (job) "));
  EXPECT_THAT(*to_explanation(kRun, {}), HasSubstr("\n|  `- m[5m] "));
  EXPECT_THAT(*to_explanation(kRun, {}), HasSubstr("\n`- n "));
}

TEST(Explanation, OfAPlanHasWhatMatches) {
  constexpr std::string_view kPlan = R"({"analyzed": false, "tree": {"node": "/", "children": [
      {"node": "selector", "text": "m", "matching_series": 10000, "matching_cut": true, "children": []},
      {"node": "number", "text": "1e3", "children": []}]}})";
  EXPECT_EQ(*to_explanation(kPlan, {.utf8 = true}),
            "NODE     MATCHING SERIES\n"
            "/\n"
            "├─ m    more than 10,000\n"
            "└─ 1e3\n");
}

TEST(Explanation, TakesDeepTrees) {
  std::string tree = R"({"node": "selector", "text": "m"})";
  for (int i = 0; i < 1'000; ++i) tree = fmt::format(R"({{"node": "+", "children": [{}]}})", tree);
  EXPECT_TRUE(to_explanation(fmt::format(R"({{"analyzed": true, "tree": {}}})", tree), {}).ok());
}

TEST(Explanation, RefusesOtherAnswers) {
  for (const char* body : {"", "hello", "{}", R"({"tree": {}})", R"({"status": "success"})"}) {
    EXPECT_EQ(to_explanation(body, {}).error().code, Code::kInvalidArgument) << body;
  }
}

}  // namespace
}  // namespace weir::app::cli
