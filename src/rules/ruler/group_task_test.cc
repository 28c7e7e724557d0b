#include "rules/ruler/group_task.h"

#include <gmock/gmock.h>

#include "rules/ruler/rule_documents.h"
#include "rules/ruler/ruler_world_test.h"
#include "rules/ruler/state_document.h"

namespace weir::rules {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr TimestampMs kNow = 1'700'000'000'000;
const TenantId kTenant = TenantId::from_stored(7);
const std::string kAlert = "{name: g, interval: 10s, rules: [{alert: A, expr: up, for: 20s}]}";

class GroupTaskTest : public testing::Test {
 protected:
  std::unique_ptr<GroupTask> task(const std::string& group = kAlert) {
    return std::make_unique<GroupTask>(TenantGroup{kTenant, "file", group_of(group)}, 1, host_);
  }
  /// Steps until `until`, each when the one before said so.
  void run(GroupTask& task, os::milliseconds time) {
    const os::SteadyTime end = clock_.steady() + time;
    while (clock_.steady() < end) {
      const auto next = task.step();
      if (!next) return;
      const auto wait = std::min(*next, end) - clock_.steady();
      clock_.advance(std::max(os::milliseconds(1), std::chrono::ceil<os::milliseconds>(wait)));
    }
  }
  AlertState state(const GroupTask& task) { return task.status().rules.at(0).state; }

  os::sim::ManualClock clock_{kNow};
  World world_{clock_};
  RulerOptions options_;
  RulerParts parts_ = world_.parts();
  RulerMetrics metrics_{world_.registry};
  TriggerIndex triggers_;
  GroupTask::Host host_{options_, parts_, metrics_, triggers_};
};

TEST_F(GroupTaskTest, EvaluatesEachTimeOfItsGridOnce) {
  const auto group = task();
  run(*group, os::milliseconds(60'000));
  ASSERT_GE(world_.asked.size(), 6u);
  ASSERT_LE(world_.asked.size(), 7u);
  for (size_t i = 1; i < world_.asked.size(); ++i) EXPECT_EQ(world_.asked[i] - world_.asked[i - 1], 10'000);
  EXPECT_LE(world_.asked.front(), kNow);
  EXPECT_GT(world_.asked.front(), kNow - 10'000);
  EXPECT_EQ(state(*group), AlertState::kFiring);
}

TEST_F(GroupTaskTest, WaitsForTheData) {
  TimestampMs watermark_ms = kNow - 60'000;
  world_.watermark_ms = [&] { return std::optional(watermark_ms); };
  const auto group = task();
  run(*group, os::milliseconds(30'000));
  EXPECT_THAT(world_.asked, IsEmpty());
  world_.watermark_ms = [&]() -> std::optional<TimestampMs> { return std::nullopt; };
  run(*group, os::milliseconds(5'000));
  EXPECT_THAT(world_.asked, IsEmpty());
  watermark_ms = kNow + 5'000;
  world_.watermark_ms = [&] { return std::optional(watermark_ms); };
  run(*group, os::milliseconds(5'000));
  EXPECT_FALSE(world_.asked.empty());
  for (const TimestampMs at_ms : world_.asked) EXPECT_LE(at_ms, watermark_ms);
}

TEST_F(GroupTaskTest, TheWaitGoesOnInAnotherProcess) {
  {
    const auto first = task();
    run(*first, os::milliseconds(10'000));
    EXPECT_EQ(state(*first), AlertState::kPending);
  }
  const auto second = task();
  run(*second, os::milliseconds(12'000));
  EXPECT_EQ(state(*second), AlertState::kFiring);
  // The last time may come again: it is kept now and then only.
  for (size_t i = 1; i < world_.asked.size(); ++i) EXPECT_LE(world_.asked[i] - world_.asked[i - 1], 10'000);
}

TEST_F(GroupTaskTest, TimesOfAnOutageAreEvaluatedAfterIt) {
  {
    const auto first = task();
    run(*first, os::milliseconds(20'000));
  }
  const size_t before = world_.asked.size();
  clock_.advance(os::milliseconds(100'000));
  const auto second = task();
  run(*second, os::milliseconds(50));
  ASSERT_GE(world_.asked.size(), before + 10);
  for (size_t i = 1; i < world_.asked.size(); ++i) EXPECT_EQ(world_.asked[i] - world_.asked[i - 1], 10'000);
}

TEST_F(GroupTaskTest, AnOutageOfLongAgoIsNotCaughtUpWith) {
  options_.catch_up_ms_max = 30'000;
  {
    const auto first = task();
    run(*first, os::milliseconds(1'000));
  }
  const size_t before = world_.asked.size();
  clock_.advance(os::milliseconds(3'600'000));
  const auto second = task();
  run(*second, os::milliseconds(50));
  EXPECT_GE(world_.asked.size(), before + 2);
  EXPECT_LE(world_.asked.size(), before + 4);
}

TEST_F(GroupTaskTest, ComesBackToTheTimeThatCouldNotBeWritten) {
  const auto group = task("{name: g, interval: 10s, rules: [{record: r, expr: up}]}");
  world_.refuse = true;
  run(*group, os::milliseconds(3'500));
  EXPECT_THAT(world_.asked, SizeIs(testing::Ge(3u)));
  EXPECT_EQ(world_.asked.front(), world_.asked.back());
  world_.refuse = false;
  run(*group, os::milliseconds(1'000));
  EXPECT_THAT(world_.written, SizeIs(testing::Ge(1u)));
}

TEST_F(GroupTaskTest, AnnouncesWhatChangesAndWhatLastsOnceAMinute) {
  const auto group = task();
  run(*group, os::milliseconds(35'000));
  ASSERT_THAT(world_.announced, SizeIs(1));
  EXPECT_EQ(world_.announced[0].at(0).alert.state, AlertState::kFiring);
  run(*group, os::milliseconds(70'000));
  ASSERT_THAT(world_.announced, SizeIs(2));
  world_.up = false;
  run(*group, os::milliseconds(15'000));
  ASSERT_THAT(world_.announced, SizeIs(3));
  EXPECT_TRUE(world_.announced[2].at(0).alert.resolved_at_ms);
}

TEST_F(GroupTaskTest, ATransitionIsDurableBeforeItIsAnnounced) {
  const auto group = task();
  parts_.announce = [&](TenantId, const std::vector<AnnouncedAlert>& alerts) {
    const auto document = world_.meta->get(kTenant, "rule-state", group_key("file", "g"), Deadline::never());
    ASSERT_TRUE(document.ok());
    const RememberedGroup kept = decode_state(document->body).value();
    EXPECT_EQ(kept.rules.at(0).alerts.at(0).fired_at_ms, alerts.at(0).alert.fired_at_ms);
    world_.announced.push_back(alerts);
  };
  run(*group, os::milliseconds(35'000));
  EXPECT_THAT(world_.announced, SizeIs(1));
}

// The incident that follows would take its place.
TEST_F(GroupTaskTest, WhatWasKeptAndNotToldIsToldByTheNextProcess) {
  options_.unknown_ms_max = 0;
  const std::string rules = "{name: g, interval: 10s, rules: [{alert: A, expr: up > 0}]}";
  {
    const auto first = task(rules);
    run(*first, os::milliseconds(15'000));
    ASSERT_THAT(world_.announced, SizeIs(1));
    parts_.announce = [](TenantId, const std::vector<AnnouncedAlert>&) {};
    world_.up = false;
    run(*first, os::milliseconds(10'000));
    ASSERT_EQ(state(*first), AlertState::kInactive);
  }
  parts_.announce = world_.parts().announce;
  world_.up = true;
  const auto second = task(rules);
  run(*second, os::milliseconds(10'000));
  EXPECT_EQ(state(*second), AlertState::kFiring);
  ASSERT_THAT(world_.announced, SizeIs(3));
  EXPECT_TRUE(world_.announced[1].at(0).alert.resolved_at_ms);
  EXPECT_FALSE(world_.announced[2].at(0).alert.resolved_at_ms);
}

TEST_F(GroupTaskTest, ARecordedSeriesEndsAlsoAfterARestart) {
  const std::string rules = "{name: g, interval: 10s, rules: [{record: r, expr: up}]}";
  {
    const auto first = task(rules);
    run(*first, os::milliseconds(5'000));
  }
  world_.written.clear();
  // So the answer is another one for the time before the restart than for those after it.
  parts_.query = [&](TenantId, const std::string&, TimestampMs at_ms) -> Result<std::vector<RuleSample>> {
    return at_ms <= kNow ? std::vector<RuleSample>{sample({{"i", "a"}}, 1)} : std::vector<RuleSample>();
  };
  const auto second = task(rules);
  run(*second, os::milliseconds(10'000));
  ASSERT_THAT(world_.written, SizeIs(1));
  EXPECT_TRUE(world_.written[0].starts_with("r{i=\"a\"} stale")) << world_.written[0];
}

// Where two processes believe that a group is theirs, the second one to write goes on from what the first
// has.
TEST_F(GroupTaskTest, IsFencedByWhatAnotherHasWritten) {
  const auto first = task();
  run(*first, os::milliseconds(5'000));
  const auto second = task();
  run(*second, os::milliseconds(25'000));
  EXPECT_EQ(state(*second), AlertState::kFiring);
  run(*first, os::milliseconds(1'500));
  EXPECT_EQ(state(*first), AlertState::kFiring);
  // It may be told twice, but it is one incident.
  for (const std::vector<AnnouncedAlert>& alerts : world_.announced)
    EXPECT_EQ(alerts.at(0).alert.fired_at_ms, world_.announced.at(0).at(0).alert.fired_at_ms);
}

TEST_F(GroupTaskTest, ChangedRulesKeepTheirAlertsAndOldSeriesEnd) {
  const auto group =
      task("{name: g, interval: 10s, rules: [{record: r, expr: up}, {alert: A, expr: up, for: 20s}]}");
  run(*group, os::milliseconds(12'000));
  world_.written.clear();
  group->change(group_of(kAlert));
  run(*group, os::milliseconds(12'000));
  EXPECT_EQ(state(*group), AlertState::kFiring);
  EXPECT_EQ(std::ranges::count_if(
                world_.written, [](const std::string& line) { return line.starts_with("r{i=\"a\"} stale"); }),
            1);
}

TEST_F(GroupTaskTest, ARetiredGroupLeavesNothing) {
  const auto group = task();
  run(*group, os::milliseconds(12'000));
  world_.written.clear();
  group->retire();
  world_.refuse = true;
  EXPECT_NE(group->step(), std::nullopt);
  world_.refuse = false;
  EXPECT_EQ(group->step(), std::nullopt);
  EXPECT_THAT(world_.written, SizeIs(2));
  EXPECT_FALSE(world_.meta->get(kTenant, "rule-state", group_key("file", "g"), Deadline::never()).ok());
}

TEST_F(GroupTaskTest, OneEvaluationThatTakesLongLeavesNoTimeOut) {
  const auto group = task();
  parts_.query = [&](TenantId, const std::string&, TimestampMs at_ms) -> Result<std::vector<RuleSample>> {
    world_.asked.push_back(at_ms);
    if (world_.asked.size() == 3) clock_.advance(os::milliseconds(95'000));
    return std::vector<RuleSample>();
  };
  run(*group, os::milliseconds(130'000));
  for (size_t i = 1; i < world_.asked.size(); ++i) EXPECT_EQ(world_.asked[i] - world_.asked[i - 1], 10'000);
  EXPECT_GE(world_.asked.back(), clock_.wall_ms() - 10'000);
  EXPECT_EQ(metrics_.missed.value(), 0u);
}

TEST_F(GroupTaskTest, LeavesTimesOutWhereItCannotKeepUp) {
  const auto group = task();
  parts_.query = [&](TenantId, const std::string&, TimestampMs at_ms) -> Result<std::vector<RuleSample>> {
    world_.asked.push_back(at_ms);
    clock_.advance(os::milliseconds(35'000));
    return std::vector<RuleSample>();
  };
  run(*group, os::milliseconds(500'000));
  EXPECT_LE(world_.asked.size(), 15u);
  EXPECT_GE(metrics_.missed.value(), 25u);
  EXPECT_GE(world_.asked.back(), clock_.wall_ms() - 80'000);
}

// While the processors are away, what is written cannot be read.
TEST_F(GroupTaskTest, WritesThatTakeLongLeaveNoTimeOut) {
  const auto group = task();
  int writes = 0;
  parts_.write = [&](TenantId, const Batch&) {
    if (++writes <= 30) clock_.advance(os::milliseconds(35'000));
    return Status();
  };
  run(*group, os::milliseconds(1'500'000));
  for (size_t i = 1; i < world_.asked.size(); ++i) EXPECT_EQ(world_.asked[i] - world_.asked[i - 1], 10'000);
  EXPECT_GE(world_.asked.back(), clock_.wall_ms() - 20'000);
  EXPECT_EQ(metrics_.missed.value(), 0u);
}

TEST_F(GroupTaskTest, StateThatCannotBeReadIsNoReasonToStop) {
  ASSERT_TRUE(
      world_.meta->put(kTenant, "rule-state", group_key("file", "g"), "{", std::nullopt, Deadline::never())
          .ok());
  const auto group = task();
  run(*group, os::milliseconds(35'000));
  EXPECT_EQ(state(*group), AlertState::kFiring);
}

TEST_F(GroupTaskTest, ASampleWakesARule) {
  options_.unknown_ms_max = 0;
  world_.up = false;
  const auto group =
      task("{name: g, interval: 1h, rules: [{alert: A, expr: up > 0}, {record: r, expr: up}]}");
  run(*group, os::milliseconds(1'000));
  const size_t asked = world_.asked.size();
  world_.up = true;
  group->wake(0, clock_.wall_ms() - 20);
  group->step();
  ASSERT_EQ(world_.asked.size(), asked + 1) << "the other rule is left alone";
  EXPECT_EQ(world_.asked.back(), clock_.wall_ms() - 20);
  EXPECT_EQ(state(*group), AlertState::kFiring);
  EXPECT_THAT(world_.announced, SizeIs(1));
  world_.up = false;
  group->wake(0, clock_.wall_ms() - 30);
  group->step();
  EXPECT_EQ(world_.asked.back(), clock_.wall_ms()) << "not before it was evaluated last";
  EXPECT_EQ(state(*group), AlertState::kInactive);
  EXPECT_THAT(world_.announced, SizeIs(2));
  const size_t before = world_.asked.size();
  group->wake(0, clock_.wall_ms() + 1'000);
  group->step();
  EXPECT_EQ(world_.asked.size(), before) << "what has a time to come waits for it";
}

// Between the times of its group it is looked at when the watermark has passed samples that are new to it,
// and evaluated if the series that it finds are others.
TEST_F(GroupTaskTest, ARuleWithViewsIsEvaluatedWhenItsSamplesChangeItsOutcome) {
  std::vector<std::string> held;
  parts_.hold_views = [&](TenantId, const std::string& expr, store::SelectorViews::OnChange on_change) {
    held.push_back(on_change ? expr : "");
    return std::make_unique<store::SelectorViews::Hold>();
  };
  host_.on_change = [](uint64_t, size_t, TimestampMs) {};
  options_.unknown_ms_max = 0;
  world_.up = false;
  const auto group = task(
      "{name: g, interval: 1h, rules: [{alert: A, expr: sum(up) > 0}, {record: r, expr: up}, "
      "{alert: B, expr: up > 0}, {alert: C, expr: sum(up) > 1, labels: {v: '{{ $value }}'}}]}");
  EXPECT_THAT(held, testing::ElementsAre("sum(up) > 0", "", "", ""));
  TimestampMs watermark_ms = kNow;
  world_.watermark_ms = [&] { return std::optional(watermark_ms); };
  run(*group, os::milliseconds(1'000));
  size_t asked = world_.asked.size();
  const auto look = [&](TimestampMs at_ms) {
    group->note_changed(0, at_ms);
    group->step();
  };
  look(kNow + 400);
  EXPECT_EQ(world_.asked.size(), asked) << "the watermark has not passed the sample";
  watermark_ms = kNow + 500;
  look(kNow + 400);
  EXPECT_EQ(world_.asked.size(), ++asked) << "nothing has changed";
  EXPECT_THAT(world_.announced, IsEmpty());
  world_.up = true;
  watermark_ms = kNow + 700;
  look(kNow + 600);
  EXPECT_EQ(world_.asked.size(), asked) << "it was looked at just now";
  run(*group, os::milliseconds(200));
  EXPECT_EQ(world_.asked.size(), asked + 2);
  EXPECT_EQ(world_.asked.back(), kNow + 700);
  EXPECT_EQ(state(*group), AlertState::kFiring);
  EXPECT_THAT(world_.announced, SizeIs(1));
}

TEST(LookBudget, IsATenthOfAProcessor) {
  LookBudget budget;
  os::SteadyTime now = os::SteadyTime() + std::chrono::hours(1);
  EXPECT_LE(budget.free_at(), now);
  budget.spend(now, std::chrono::milliseconds(100));
  EXPECT_LE(budget.free_at(), now);
  budget.spend(now, std::chrono::milliseconds(100));
  EXPECT_EQ(budget.free_at(), now + std::chrono::seconds(1));
  now += std::chrono::seconds(10);
  budget.spend(now, std::chrono::milliseconds(150));
  EXPECT_EQ(budget.free_at(), now + std::chrono::milliseconds(500));
}

// The group's own time may come later than that of the sample, since it waits for the data.
TEST_F(GroupTaskTest, AGroupDoesNotGoBackBehindWhatASampleHasDone) {
  TimestampMs watermark_ms = 0;
  world_.watermark_ms = [&] { return std::optional(watermark_ms); };
  const auto group = task("{name: g, interval: 10s, rules: [{alert: A, expr: up > 0}]}");
  group->step();
  group->wake(0, clock_.wall_ms());
  group->step();
  EXPECT_EQ(state(*group), AlertState::kFiring);
  world_.up = false;
  const auto second = task("{name: g, interval: 10s, rules: [{alert: A, expr: up > 0}]}");
  watermark_ms = clock_.wall_ms();
  for (const auto& one : {group.get(), second.get()}) {
    one->step();
    EXPECT_GT(one->status().evaluated_ms, 0);
    EXPECT_LE(one->status().evaluated_ms, clock_.wall_ms());
    EXPECT_EQ(state(*one), AlertState::kFiring) << "it was not there at that time, which is past";
  }
}

TEST_F(GroupTaskTest, AFailedRuleSaysWhy) {
  const auto group = task("{name: g, interval: 10s, rules: [{record: r, expr: bad}]}");
  run(*group, os::milliseconds(1'000));
  EXPECT_EQ(group->status().rules.at(0).health.error, "bad query");
  EXPECT_EQ(metrics_.failures.value(), 1u);
}

}  // namespace
}  // namespace weir::rules
