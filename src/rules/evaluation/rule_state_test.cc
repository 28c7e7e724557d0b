#include "rules/evaluation/rule_state.h"

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

}  // namespace
}  // namespace weir::rules
