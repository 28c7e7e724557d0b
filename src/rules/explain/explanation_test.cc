#include "rules/explain/explanation.h"

#include "rules/explain/explain_world_test.h"

namespace weir::rules::explain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ExplanationTest : public ExplainTest {
 protected:
  ExplanationTest() {
    rule_.rule.alert = "High";
    rule_.rule.expr = "sum by (job) (m) > 10";
    rule_.rule.for_ms = 60'000;
    rule_.rule.labels = {{"severity", "page"}};
    rule_.health = {true, "", kNow, std::chrono::microseconds(1), 0};
    load({{"__name__", "m"}, {"job", "a"}, {"i", "1"}}, {8, 9});
    load({{"__name__", "m"}, {"job", "b"}, {"severity", "low"}}, {1, 2});
  }
  void add_alert(std::string_view job, AlertState state) {
    Alert alert;
    alert.labels = Labels::of({{"alertname", "High"}, {"job", job}, {"severity", "page"}});
    alert.state = state;
    alert.active_at_ms = kNow - 20'000;
    rule_.alerts.push_back(alert);
  }
  RuleExplanation explain(std::vector<std::vector<Matcher>> selectors = {}) {
    auto made = explain_rule(group_, rule_, AlertFilter(std::move(selectors)), kNow, limits_, parts_);
    EXPECT_TRUE(made.ok());
    return *std::move(made);
  }

  GroupStatus group_;
  RuleStatus rule_;
};

TEST_F(ExplanationTest, ShowsWhatAnAlertIsMadeOf) {
  add_alert("a", AlertState::kPending);
  add_alert("b", AlertState::kFiring);
  const RuleExplanation made = explain();
  EXPECT_EQ(made.at_ms, kNow);
  ASSERT_THAT(made.alerts, SizeIs(2));
  EXPECT_EQ(made.alerts[0].left_ms, 40'000);
  ASSERT_THAT(made.alerts[0].behind, SizeIs(1));
  EXPECT_EQ(made.alerts[0].behind[0].selector, "m");
  EXPECT_THAT(made.alerts[0].behind[0].series.at(0).samples.values, ElementsAre(8, 9));
  EXPECT_EQ(made.alerts[1].left_ms, std::nullopt);
  EXPECT_THAT(made.alerts[1].behind[0].series.at(0).samples.values, ElementsAre(1, 2));
  EXPECT_THAT(made.conditions, IsEmpty());
}

TEST_F(ExplanationTest, ShowsWhyThereIsNone) {
  const RuleExplanation made = explain();
  ASSERT_THAT(made.conditions, SizeIs(1));
  EXPECT_EQ(made.conditions[0].bound, 10);
  EXPECT_EQ(std::get<double>(made.conditions[0].values.at(0).value), 9);
  EXPECT_THAT(made.selectors.at(0).series, SizeIs(2));
}

TEST_F(ExplanationTest, LooksForWhatIsAskedFor) {
  add_alert("a", AlertState::kPending);
  const auto job = [](const char* name) {
    return std::vector<std::vector<Matcher>>{
        {Matcher::equal("job", name), Matcher::equal("alertname", "High")}};
  };
  EXPECT_THAT(explain(job("a")).alerts, SizeIs(1));
  const RuleExplanation none = explain(job("b"));
  EXPECT_THAT(none.alerts, IsEmpty());
  ASSERT_THAT(none.conditions, SizeIs(1));
  EXPECT_EQ(none.conditions[0].count, 1u);
  EXPECT_EQ(std::get<double>(none.conditions[0].values.at(0).value), 2);
}

TEST_F(ExplanationTest, CountsAlertsBeyondItsBound) {
  limits_.alerts_max = 1;
  add_alert("a", AlertState::kFiring);
  add_alert("b", AlertState::kFiring);
  const RuleExplanation made = explain();
  EXPECT_THAT(made.alerts, SizeIs(1));
  EXPECT_EQ(made.alerts_active, 2u);
}

TEST_F(ExplanationTest, LooksAtTheTimeOfTheData) {
  group_.query_offset_ms = 10'000;
  EXPECT_EQ(std::get<double>(explain().conditions[0].values.at(0).value), 8);
  rule_.health.evaluated = false;
  rule_.health.at_ms = 0;
  EXPECT_EQ(explain().at_ms, kNow - 10'000);
}

}  // namespace
}  // namespace weir::rules::explain
