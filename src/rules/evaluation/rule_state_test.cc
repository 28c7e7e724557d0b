#include "rules/evaluation/rule_state.h"

#include <optional>

#include <gmock/gmock.h>

#include "rules/evaluation/evaluation_testing.h"

namespace weir::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kDown = R"(
groups:
  - name: g
    rules:
      - alert: Down
        expr: up == 0
        for: 10s
        keep_firing_for: 20s
        labels: {severity: page, job: "{{ $labels.job }}!"}
        annotations: {summary: "{{ $labels.instance }} is {{ $value }} in {{ $externalLabels.region }}"}
)";

class RuleStateTest : public testing::Test {
 protected:
  RuleState state_of(std::string_view text, int64_t limit = 0) {
    return RuleState(groups_of(std::string(text)).at(0).rules.at(0), limit);
  }
  std::vector<std::string> made(RuleState& state, TimestampMs at_ms) {
    auto samples = state.evaluate(answers_.environment(), {at_ms, 0});
    EXPECT_TRUE(samples.ok()) << samples.error().message;
    return samples.ok() ? lines_of(*samples) : std::vector<std::string>();
  }
  void set_down(bool down) {
    answers_.set("up == 0", down ? std::vector<RuleSample>{sample(
                                       {{"__name__", "up"}, {"instance", "a"}, {"job", "j"}}, 0)}
                                 : std::vector<RuleSample>());
  }

  Answers answers_;
};

constexpr char kPending[] =
    R"(ALERTS{alertname="Down",alertstate="pending",instance="a",job="j!",severity="page"} 1)";
constexpr char kFiring[] =
    R"(ALERTS{alertname="Down",alertstate="firing",instance="a",job="j!",severity="page"} 1)";
std::string for_state(int seconds) {
  return fmt::format(R"(ALERTS_FOR_STATE{{alertname="Down",instance="a",job="j!",severity="page"}} {})",
                     seconds);
}

TEST_F(RuleStateTest, ALabelThatExpandsToNothingIsShownAsItsTemplate) {
  RuleState state = state_of("groups: [{name: g, rules: [{alert: A, expr: up, labels: {x: '{{ \"\" }}'}}]}]");
  answers_.set("up", {sample({{"i", "a"}}, 1)});
  EXPECT_THAT(made(state, 1'000),
              ElementsAre(R"(ALERTS{alertname="A",alertstate="firing",i="a",x="{{ \"\" }}"} 1)",
                          R"(ALERTS_FOR_STATE{alertname="A",i="a",x="{{ \"\" }}"} 1)"));
  EXPECT_EQ(state.alerts().begin()->first.view().to_string(), R"({alertname="A",i="a"})");
}

TEST_F(RuleStateTest, AnAlertIsPendingThenFiresThenIsResolved) {
  RuleState state = state_of(kDown);
  set_down(true);
  EXPECT_THAT(made(state, 100'000), ElementsAre(kPending, for_state(100)));
  EXPECT_THAT(made(state, 109'999), ElementsAre(kPending, for_state(100)));
  EXPECT_THAT(made(state, 110'000), ElementsAre(kFiring, for_state(100)));
  const Alert& alert = state.alerts().begin()->second;
  EXPECT_EQ(alert.fired_at_ms, 110'000);
  EXPECT_THAT(alert.annotations, ElementsAre(std::pair("summary", "a is 0 in eu")));
  EXPECT_EQ(state.state(), AlertState::kFiring);

  set_down(false);
  EXPECT_THAT(made(state, 120'000), ElementsAre(kFiring, for_state(100)));
  EXPECT_THAT(made(state, 139'999), ElementsAre(kFiring, for_state(100)));
  EXPECT_THAT(made(state, 140'000), IsEmpty());
  EXPECT_EQ(alert.resolved_at_ms, 140'000);
  EXPECT_EQ(state.state(), AlertState::kInactive);
  made(state, 140'000 + RuleState::kResolvedKeptMs);
  EXPECT_EQ(state.alerts().size(), 1u);
  made(state, 140'001 + RuleState::kResolvedKeptMs);
  EXPECT_THAT(state.alerts(), IsEmpty());
}

TEST_F(RuleStateTest, APendingAlertThatIsNotFoundIsForgotten) {
  RuleState state = state_of(kDown);
  set_down(true);
  made(state, 100'000);
  set_down(false);
  EXPECT_THAT(made(state, 105'000), IsEmpty());
  EXPECT_THAT(state.alerts(), IsEmpty());
  set_down(true);
  EXPECT_THAT(made(state, 110'000), ElementsAre(kPending, for_state(110)));
}

TEST_F(RuleStateTest, AnAlertThatComesBackWhileItIsKeptFiringWasNeverAway) {
  RuleState state = state_of(kDown);
  set_down(true);
  made(state, 100'000);
  made(state, 110'000);
  set_down(false);
  made(state, 120'000);
  set_down(true);
  EXPECT_THAT(made(state, 130'000), ElementsAre(kFiring, for_state(100)));
  set_down(false);
  made(state, 135'000);
  EXPECT_THAT(made(state, 154'000), ElementsAre(kFiring, for_state(100)));
}

TEST_F(RuleStateTest, AResolvedAlertBeginsAnew) {
  RuleState state = state_of(kDown);
  set_down(true);
  made(state, 100'000);
  made(state, 110'000);
  set_down(false);
  made(state, 120'000);
  made(state, 140'000);
  set_down(true);
  EXPECT_THAT(made(state, 150'000), ElementsAre(kPending, for_state(150)));
  EXPECT_EQ(state.alerts().begin()->second.resolved_at_ms, std::nullopt);
}

TEST_F(RuleStateTest, GoesOnFromWhatAnotherHad) {
  RuleState before = state_of(kDown);
  set_down(true);
  made(before, 100'000);
  RuleState after = state_of(kDown);
  after.restore({before.alerts().begin()->second});
  EXPECT_THAT(made(after, 110'000), ElementsAre(kFiring, for_state(100)));
}

TEST_F(RuleStateTest, ATemplateThatFailsSaysSoInItsPlace) {
  RuleState state = state_of(
      "groups: [{name: g, rules: [{alert: A, expr: up, annotations: {x: '{{ query \"nothing[\" | first "
      "}}'}}]}]");
  answers_.set("up", {sample({{"__name__", "up"}}, 1)});
  made(state, 1'000);
  EXPECT_THAT(state.alerts().begin()->second.annotations.at("x"), HasSubstr("<error expanding template: "));
}

TEST_F(RuleStateTest, ARecordingRuleRenamesAndLabels) {
  RuleState state =
      state_of("groups: [{name: g, rules: [{record: 'a:b', expr: up, labels: {job: '', k: v}}]}]");
  answers_.set("up", {sample({{"__name__", "up"}, {"instance", "a"}, {"job", "j"}}, 3)});
  EXPECT_THAT(made(state, 1'000), ElementsAre(R"(a:b{instance="a",k="v"} 3)"));
}

TEST_F(RuleStateTest, SeriesThatBecomeTheSameAreAnError) {
  RuleState state = state_of("groups: [{name: g, rules: [{record: r, expr: up, labels: {instance: x}}]}]");
  answers_.set("up", {sample({{"instance", "a"}}, 1), sample({{"instance", "b"}}, 1)});
  const auto samples = state.evaluate(answers_.environment(), {1'000, 0});
  ASSERT_FALSE(samples.ok());
  EXPECT_EQ(samples.error().message,
            "vector contains metrics with the same labelset after applying rule labels");
}

TEST_F(RuleStateTest, BeyondItsLimitNothingIsMade) {
  RuleState state = state_of("groups: [{name: g, rules: [{alert: A, expr: up}]}]", 1);
  answers_.set("up", {sample({{"i", "a"}}, 1)});
  made(state, 1'000);
  answers_.set("up", {sample({{"i", "a"}}, 1), sample({{"i", "b"}}, 1)});
  const auto samples = state.evaluate(answers_.environment(), {2'000, 0});
  ASSERT_FALSE(samples.ok());
  EXPECT_EQ(samples.error().message, "exceeded limit of 1 with 2 alerts");
  EXPECT_THAT(state.alerts(), IsEmpty());
}

TEST_F(RuleStateTest, ReadsAndWritesSoFarBeforeItsTime) {
  RuleState state = state_of(kDown);
  set_down(true);
  ASSERT_TRUE(state.evaluate(answers_.environment(), {100'000, 30'000}).ok());
  EXPECT_EQ(answers_.asked.front().second, 70'000);
  EXPECT_EQ(state.alerts().begin()->second.active_at_ms, 100'000);
}

TEST_F(RuleStateTest, AnAlertWhoseRuleHasGotALongerForIsPendingAgain) {
  RuleState shorter = state_of(kDown);
  set_down(true);
  made(shorter, 100'000);
  made(shorter, 110'000);
  RuleState longer = state_of(
      "groups: [{name: g, rules: [{alert: Down, expr: up == 0, for: 1m, labels: {severity: page, job: "
      "j!}}]}]");
  longer.restore({shorter.alerts().begin()->second});
  EXPECT_THAT(made(longer, 120'000), ElementsAre(kPending, for_state(100)));
}

constexpr std::string_view kHot = R"(
groups:
  - name: g
    rules:
      - alert: Hot
        expr: (temperature{room!=""}) > 80
        labels: {severity: '{{ if gt $value 90.0 }}page{{ else }}info{{ end }}'}
)";

class UnknownAlerts : public RuleStateTest {
 protected:
  static constexpr int64_t kKeptMs = 60'000;

  void set(std::optional<double> a) {
    std::vector<RuleSample> all;
    if (a) all.push_back(sample({{"__name__", "temperature"}, {"room", "a"}}, *a));
    answers_.set("temperature{room!=\"\"}", all);
    std::erase_if(all, [](const RuleSample& one) { return std::get<double>(one.value) <= 80; });
    answers_.set("(temperature{room!=\"\"}) > 80", all);
  }
  const Alert& evaluate(RuleState& state, TimestampMs at_ms, int64_t kept_ms = kKeptMs) {
    Environment environment = answers_.environment();
    environment.unknown_kept_ms = kept_ms;
    EXPECT_TRUE(state.evaluate(environment, {at_ms, 0}).ok());
    EXPECT_EQ(state.alerts().size(), 1u);
    return state.alerts().begin()->second;
  }
};

TEST_F(UnknownAlerts, WhoseSamplesAreMissingFiresOn) {
  RuleState state = state_of(kHot);
  set(85);
  evaluate(state, 10'000);
  set(std::nullopt);
  EXPECT_EQ(evaluate(state, 20'000).state, AlertState::kFiring);
  EXPECT_EQ(evaluate(state, 30'000).unknown_since_ms, 20'000);
  set(85);
  EXPECT_FALSE(evaluate(state, 40'000).unknown_since_ms);
  EXPECT_EQ(evaluate(state, 50'000).active_at_ms, 10'000) << "it was the same alert all the time";
}

TEST_F(UnknownAlerts, IsResolvedWhenTheConditionIsSeenToBeOver) {
  RuleState state = state_of(kHot);
  set(85);
  evaluate(state, 10'000);
  set(std::nullopt);
  evaluate(state, 20'000);
  set(20);
  EXPECT_EQ(evaluate(state, 30'000).resolved_at_ms, 30'000);
  EXPECT_FALSE(evaluate(state, 40'000).unknown_since_ms);
}

TEST_F(UnknownAlerts, IsResolvedAfterAWhile) {
  RuleState state = state_of(kHot);
  set(85);
  evaluate(state, 10'000);
  set(std::nullopt);
  evaluate(state, 20'000);
  EXPECT_EQ(evaluate(state, 79'999).state, AlertState::kFiring);
  EXPECT_EQ(evaluate(state, 80'000).resolved_at_ms, 80'000);
  EXPECT_FALSE(evaluate(state, 90'000).unknown_since_ms);
}

// An evaluation that could not be written comes again for the same time.
TEST_F(UnknownAlerts, IsNotUnknownOnceMoreWhileItIsKeptFiring) {
  std::string rules(kHot);
  rules.insert(rules.find("        labels"), "        keep_firing_for: 30s\n");
  RuleState state = state_of(rules);
  set(85);
  evaluate(state, 10'000);
  set(std::nullopt);
  evaluate(state, 20'000);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Alert& alert = evaluate(state, 80'000);
    EXPECT_FALSE(alert.unknown_since_ms);
    EXPECT_EQ(alert.keep_firing_since_ms, 80'000);
  }
  EXPECT_EQ(evaluate(state, 109'999).state, AlertState::kFiring);
  EXPECT_EQ(evaluate(state, 110'000).resolved_at_ms, 110'000);
}

TEST_F(UnknownAlerts, IsResolvedAtOnceWhereItIsAsWithPrometheus) {
  RuleState state = state_of(kHot);
  set(85);
  evaluate(state, 10'000, 0);
  set(std::nullopt);
  EXPECT_EQ(evaluate(state, 20'000, 0).resolved_at_ms, 20'000);
}

TEST(Presence, TellsOfComparisonsWithNumbersAlone) {
  const auto of = [](const std::string& expr) {
    Rule rule;
    rule.alert = "A";
    rule.expr = expr;
    const auto presence = Presence::of(rule);
    return presence ? presence->expr() : "";
  };
  EXPECT_EQ(of("a > 5"), "a");
  EXPECT_EQ(of("5 < (sum by (x) (rate(a[5m])))"), "sum by (x) (rate(a[5m]))");
  EXPECT_EQ(of("1 < a < 5"), "a");
  EXPECT_EQ(of("a > scalar(b)"), "a");
  for (const char* expr :
       {"a > b", "a", "absent(a)", "a unless b > 1", "a > bool 1", "vector(1)", "1 > bool 2"})
    EXPECT_EQ(of(expr), "") << expr;
}

}  // namespace
}  // namespace weir::rules
