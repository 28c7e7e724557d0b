#include "app/cli/rule_explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

TEST(RuleExplanation, ShowsAlertsAndTheirSamples) {
  const auto text = to_rule_explanation(R"({
    "alert": "Down", "now": "2026-01-01T00:00:10.000Z", "watermark": "2026-01-01T00:00:09.800Z", "watermark_behind_ms": 200,
    "rules": [{"group": "node", "file": "a.yml", "query": "up == 0", "interval_ms": 60000, "for_ms": 300000, "keep_firing_for_ms": 0,
      "state": "pending", "health": "ok", "evaluated": "2026-01-01T00:00:00.000Z", "evaluated_behind_ms": 9800, "took_us": 1200,
      "alerts_active": 2, "alerts": [
        {"labels": {"alertname": "Down", "i": "a"}, "annotations": {"summary": "x"}, "state": "pending", "value": "0",
         "active_since": "2025-12-31T23:59:00.000Z", "firing_since": null, "kept_firing_since": null, "left_ms": 240000, "behind": [
           {"selector": "up", "series_cut": false, "series": [{"labels": {"__name__": "up", "i": "a"}, "samples":
             [["2025-12-31T23:59:50.000Z", "1"], ["2026-01-01T00:00:00.000Z", "0"]]}]}]}],
      "conditions": [], "selectors": []}],
    "changes_start": "2025-12-31T18:00:10.000Z", "changes_cut": false,
    "changes": [{"time": "2025-12-31T20:00:00.000Z", "labels": {"alertname": "Down"}, "from": "firing", "to": "inactive"}]})",
                                        {});
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text,
            "Down: watermark 2026-01-01 00:00:09.800, 200ms behind the clock\n"
            "\n"
            "group node of a.yml, every 1m, for 5m\n"
            "  up == 0\n"
            "  pending, evaluated for 2026-01-01 00:00:00 in 1.2 ms, 9s800ms behind the watermark\n"
            "  {alertname=\"Down\", i=\"a\"}\n"
            "    pending, value 0, found since 2025-12-31 23:59:00, fires in 4m\n"
            "    summary: x\n"
            "    up: 1 series\n"
            "      up{i=\"a\"}\n"
            "        2025-12-31 23:59:50 1, 00:00:00 0\n"
            "  ... and 1 more alerts; --match narrows them\n"
            "\n"
            "changes since 2025-12-31 18:00:10\n"
            "  2025-12-31 20:00:00  firing -> resolved  {alertname=\"Down\"}\n");
}

TEST(RuleExplanation, ShowsWhyThereIsNoAlert) {
  const auto text = to_rule_explanation(R"({
    "alert": "High", "watermark": null,
    "rules": [{"group": "g", "file": "f", "query": "a > 10 and b", "interval_ms": 1000, "for_ms": 0, "state": "unknown",
      "evaluated": null, "error": "no luck", "alerts_active": 0, "alerts": [],
      "conditions": [
        {"condition": "a > 10", "expr": "a", "op": ">", "bound": "10", "count": 2, "values": [
          {"labels": {"__name__": "a"}, "value": "9"}, {"labels": {}, "value": "1"}]},
        {"condition": "b", "expr": "b", "count": 0, "values": []},
        {"condition": "c", "expr": "c", "error": "broken", "count": 0, "values": []}],
      "selectors": [{"selector": "b", "series": []}, {"selector": "c", "series": [], "error": "away"}]}],
    "changes_start": "2025-12-31T18:00:10.000Z", "changes": [], "changes_error": "too many"})",
                                        {});
  ASSERT_TRUE(text.ok());
  for (const char* part :
       {"High: watermark not known\n", "  not evaluated yet\n", "  error: no luck\n",
        "  no alert; what decides it:\n",
        "    a > 10\n      a has 2 values; nearest to > 10:\n        9  a\n        1  {}\n",
        "    b\n      b has no value\n", "      error: broken\n", "    b: no series\n    c: away\n",
        "changes cannot be read: too many\n"})
    EXPECT_THAT(*text, HasSubstr(part));
}

TEST(RuleExplanation, RefusesAnotherAnswer) {
  EXPECT_FALSE(to_rule_explanation("{}", {}).ok());
  EXPECT_FALSE(to_rule_explanation("x", {}).ok());
}

}  // namespace
}  // namespace weir::app::cli
