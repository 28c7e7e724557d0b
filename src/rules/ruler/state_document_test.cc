#include "rules/ruler/state_document.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "rules/evaluation/evaluation_testing.h"

namespace weir::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Alert alert(const char* instance) {
  Alert made;
  made.labels = Labels::of({{"alertname", "Down"}, {"instance", instance}});
  made.annotations = {{"summary", "it is \"down\"\n"}};
  made.state = AlertState::kFiring;
  made.value = -1.5;
  made.active_at_ms = 1'000;
  made.fired_at_ms = 2'000;
  made.resolved_at_ms = 3'000;
  made.keep_firing_since_ms = 2'500;
  return made;
}

TEST(StateDocument, ReadsBackTheSame) {
  RememberedGroup group{1'700'000'000'123,
                        {{"Down", {{"severity", "page"}}, "up == 0", {alert("a"), alert("b")}}}};
  group.rules[0].alerts[1].value = std::numeric_limits<double>::infinity();
  group.rules[0].alerts[1].fired_at_ms.reset();
  const RememberedGroup again = decode_state(encode_state(group)).value();
  EXPECT_EQ(again.evaluated_ms, 1'700'000'000'123);
  ASSERT_EQ(again.rules.size(), 1u);
  EXPECT_EQ(again.rules[0].name, "Down");
  EXPECT_EQ(again.rules[0].labels, group.rules[0].labels);
  EXPECT_EQ(again.rules[0].expr, "up == 0");
  ASSERT_EQ(again.rules[0].alerts.size(), 2u);
  const Alert& first = again.rules[0].alerts[0];
  EXPECT_EQ(first.labels, alert("a").labels);
  EXPECT_EQ(first.annotations, alert("a").annotations);
  EXPECT_EQ(first.state, AlertState::kFiring);
  EXPECT_EQ(std::get<double>(first.value), -1.5);
  EXPECT_EQ(first.active_at_ms, 1'000);
  EXPECT_EQ(first.fired_at_ms, 2'000);
  EXPECT_EQ(first.resolved_at_ms, 3'000);
  EXPECT_EQ(first.keep_firing_since_ms, 2'500);
  EXPECT_TRUE(std::isinf(std::get<double>(again.rules[0].alerts[1].value)));
  EXPECT_EQ(again.rules[0].alerts[1].fired_at_ms, std::nullopt);
}

TEST(StateDocument, SaysWhatIsWrong) {
  const auto message = [](std::string_view text) {
    const auto decoded = decode_state(text);
    return decoded.ok() ? "" : decoded.error().message;
  };
  EXPECT_THAT(message("{"), HasSubstr("state of rules: "));
  EXPECT_THAT(message("[]"), HasSubstr("not an object"));
  EXPECT_THAT(message(R"({"version":2})"), HasSubstr("version 2; this program knows 1"));
  EXPECT_THAT(message(R"({"version":1,"rules":[]})"), HasSubstr("\"evaluated_ms\""));
  EXPECT_THAT(message(R"({"version":1,"evaluated_ms":1,"rules":[1]})"), HasSubstr("not an object"));
  EXPECT_THAT(
      message(
          R"({"version":1,"evaluated_ms":1,"rules":[{"name":"a","labels":{"b":1},"expr":"","alerts":[]}]})"),
      HasSubstr("\"labels\""));
  const std::string good = encode_state({1, {{"Down", {}, "up", {alert("a")}}}});
  EXPECT_EQ(message(good), "");
  const std::string bad = std::string(good).replace(good.find("firing\""), 6, "biting");
  EXPECT_THAT(message(bad), HasSubstr("no alert is \"biting\""));
}

// What another file, or another process, has left of each rule.
TEST(StateDocument, RulesAreKnownByWhatTheyAre) {
  const RuleGroup rules = groups_of(R"(
groups:
  - name: g
    rules:
      - {alert: Down, expr: up == 0, labels: {severity: page}}
      - {alert: Down, expr: up == 1, labels: {severity: info}}
      - {alert: Twice, expr: new}
      - {alert: Twice, expr: b}
      - {record: r, expr: up}
)")
                              .at(0);
  GroupState group(rules);
  recall({1,
          {{"Down", {{"severity", "info"}}, "up == 2", {alert("info")}},
           {"Twice", {}, "b", {alert("b")}},
           {"Twice", {}, "a", {alert("a")}},
           {"Gone", {}, "up", {alert("gone")}}}},
         group);
  const auto instances = [&](size_t rule) {
    std::vector<std::string> out;
    for (const auto& [labels, one] : group.rules()[rule].alerts())
      out.emplace_back(labels.view().get("instance"));
    return out;
  };
  EXPECT_THAT(instances(0), ElementsAre());
  EXPECT_THAT(instances(1), ElementsAre("info"));
  EXPECT_THAT(instances(2), ElementsAre("a"));
  EXPECT_THAT(instances(3), ElementsAre("b"));
  const RememberedGroup again = remembered(group, 5);
  EXPECT_EQ(again.evaluated_ms, 5);
  EXPECT_EQ(again.rules.size(), 3u);
}

}  // namespace
}  // namespace weir::rules
