#include "gateway/rules_json.h"

#include <boost/json.hpp>
#include <limits>

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

rules::GroupStatus group() {
  rules::GroupStatus made;
  made.name_space = "a.yml";
  made.name = "g";
  made.interval_ms = 1'500;
  made.evaluated_ms = 1'700'000'000'000;
  made.took = std::chrono::microseconds(250);
  rules::RuleStatus recording;
  recording.rule.record = "r";
  recording.printed_expr = "sum(up)";
  recording.rule.labels = {{"k", "v"}};
  rules::RuleStatus alerting;
  alerting.rule.alert = "Down";
  alerting.printed_expr = "up == 0";
  alerting.rule.for_ms = 90'000;
  alerting.health = {true, "no \"luck\"", 1'700'000'000'000, std::chrono::microseconds(125), 1};
  alerting.state = rules::AlertState::kPending;
  rules::Alert alert;
  alert.labels = Labels::of({{"alertname", "Down"}, {"i", "<b>"}});
  alert.annotations = {{"summary", "x"}};
  alert.value = std::numeric_limits<double>::infinity();
  alert.active_at_ms = 1'700'000'000'500;
  alerting.alerts = {alert};
  made.rules = {recording, alerting};
  return made;
}

RuleFilter all() {
  return {[](const rules::GroupStatus&) { return true; }, [](const rules::RuleStatus&) { return true; },
          true};
}

TEST(RulesJson, IsThatOfPrometheus) {
  EXPECT_EQ(boost::json::parse(rules_json({group()}, all())), boost::json::parse(R"json({"groups":[{
    "name": "g", "file": "a.yml", "interval": 1.5, "limit": 0, "evaluationTime": 0.00025,
    "lastEvaluation": "2023-11-14T22:13:20.000Z", "rules": [
      {"name": "r", "query": "sum(up)", "labels": {"k": "v"}, "health": "unknown", "evaluationTime": 0,
       "lastEvaluation": "0001-01-01T00:00:00Z", "type": "recording"},
      {"state": "pending", "name": "Down", "query": "up == 0", "duration": 90, "keepFiringFor": 0, "labels": {}, "annotations": {},
       "alerts": [{"labels": {"alertname": "Down", "i": "<b>"}, "annotations": {"summary": "x"}, "state": "pending",
                   "activeAt": "2023-11-14T22:13:20.500Z", "value": "+Inf"}],
       "health": "err", "lastError": "no \"luck\"", "evaluationTime": 0.000125,
       "lastEvaluation": "2023-11-14T22:13:20.000Z", "type": "alerting"}]
}]
})json"));
}

TEST(RulesJson, LeavesOutWhatIsNotAskedFor) {
  RuleFilter filter = all();
  filter.rule = [](const rules::RuleStatus& rule) { return rule.rule.alert.empty(); };
  EXPECT_EQ(
      boost::json::parse(rules_json({group()}, filter)).at("groups").at(0).at("rules").as_array().size(), 1u);
  filter.rule = [](const rules::RuleStatus&) { return false; };
  EXPECT_EQ(rules_json({group()}, filter), R"({"groups":[]})");
  filter = all();
  filter.with_alerts = false;
  EXPECT_TRUE(boost::json::parse(rules_json({group()}, filter))
                  .at("groups")
                  .at(0)
                  .at("rules")
                  .at(1)
                  .at("alerts")
                  .is_null());
}

TEST(AlertsJson, HasThoseOfAllRules) {
  const auto alerts = boost::json::parse(alerts_json({group(), group()})).at("alerts").as_array();
  ASSERT_EQ(alerts.size(), 2u);
  EXPECT_EQ(alerts[0].at("value"), "+Inf");
}

}  // namespace
}  // namespace weir::gateway
