#include "app/cli/backtest_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

constexpr std::string_view kAnswer = R"json({
  "start": "2026-01-01T00:00:00.000Z", "end": "2026-01-01T01:00:00.000Z", "until": "2026-01-01T01:00:00.000Z",
  "partial": false,
  "totals": {"evaluations": 122, "took_us": 12300, "samples_read": 1234, "samples_made": 90, "conflicts": 0},
  "groups": [{"name": "node", "interval_ms": 60000, "query_offset_ms": 0, "rules": [
    {"type": "recording", "name": "job:up:sum", "query": "sum(up)", "health": "ok", "evaluations": 61,
     "failures": 0, "samples": 61, "series": 1},
    {"type": "alerting", "name": "Down", "query": "up == 0", "health": "ok", "evaluations": 61, "failures": 0,
     "for_ms": 300000, "fired": 1, "firing_ms": 900000, "firing_peak": 1, "alerts": [
       {"labels": {"alertname": "Down", "i": "a\u001b\"b"}, "annotations": {"summary": "a is down"}, "intervals": [
         {"pending": "2026-01-01T00:15:00.000Z", "firing": "2026-01-01T00:30:00.000Z",
          "end": "2026-01-01T00:45:00.000Z", "value": "0"},
         {"pending": "2026-01-01T00:58:00.000Z", "firing": null, "end": null, "value": "1"}]}]}]}]})json";

Terminal narrow() {
  Terminal terminal;
  terminal.width = 48;
  return terminal;
}

TEST(BacktestReport, ShowsWhatRulesWouldHaveDone) {
  const auto report = to_backtest_report("a.yml", kAnswer, narrow());
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->whole);
  EXPECT_TRUE(report->healthy);
  EXPECT_EQ(
      report->text,
      "a.yml: 2026-01-01 00:00:00 to 2026-01-01 01:00:00 (1h): 122 evaluations in 12.3 ms, 1,234 samples "
      "read\n"
      "\n"
      "group node, every 1m\n"
      "  record job:up:sum: sum(up)\n"
      "    61 samples of 1 series\n"
      "  alert Down: up == 0\n"
      "    would have fired once, 15m in all, at most 1 at once\n"
      "    {alertname=\"Down\", i=\"a\xEF\xBF\xBD\\\"b\"}\n"
      "      |          ..........##########        ..|\n"
      "      summary: a is down\n"
      "      pending 2026-01-01 00:15:00, firing 2026-01-01 00:30:00 for 15m, resolved 2026-01-01 00:45:00, "
      "value 0\n"
      "      pending 2026-01-01 00:58:00 for 2m, and still, value 1\n");
}

TEST(BacktestReport, SaysWhatWentWrong) {
  const auto report = to_backtest_report("a.yml", R"({
    "start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00Z", "until": "2026-01-01T00:30:00Z",
    "partial": true, "reason": "backtest: out of time", "totals": {"conflicts": 3},
    "groups": [{"name": "g", "interval_ms": 60000, "rules": [
      {"type": "alerting", "name": "A", "query": "up", "evaluations": 30, "failures": 2, "fired": 0, "alerts": [
        {"labels": {"alertname": "A"}, "intervals": [{"pending": "2026-01-01T00:00:00Z", "firing": null, "end": null,
         "value": "1"}]}],
       "first_failure": {"time": "2026-01-01T00:10:00Z", "error": "many-to-many"}}]}]})",
                                         narrow());
  ASSERT_TRUE(report.ok());
  EXPECT_FALSE(report->whole);
  EXPECT_FALSE(report->healthy);
  EXPECT_THAT(report->text, HasSubstr("partial: only until 2026-01-01 00:30:00: backtest: out of time\n"));
  EXPECT_THAT(report->text, HasSubstr("warning: 3 samples were dropped"));
  EXPECT_THAT(report->text,
              HasSubstr("error: 2 of 30 evaluations failed, first at 2026-01-01 00:10:00: many-to-many\n"));
  EXPECT_THAT(report->text, HasSubstr("    would have been pending, and not fired\n"));
  EXPECT_THAT(report->text, HasSubstr("|....................????????????????????|"));
}

TEST(BacktestReport, RefusesAnotherAnswer) {
  for (const char* body : {"", "[]", "{}", R"({"groups": []})"})
    EXPECT_FALSE(to_backtest_report("a.yml", body, narrow()).ok()) << body;
}

}  // namespace
}  // namespace weir::app::cli
