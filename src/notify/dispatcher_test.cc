#include "notify/dispatcher_world_test.h"

namespace weir::notify {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(DispatcherTest, WaitsForOthersOfTheGroup) {
  insert(alert("down", "a"));
  EXPECT_EQ(dispatcher_.next_due_ms(), clock_.wall_ms() + 30'000);
  pass(seconds(29));
  EXPECT_THAT(told(), IsEmpty());
  insert(alert("down", "b"));
  insert(alert("slow", "c"));
  pass(seconds(1));
  EXPECT_THAT(told(), ElementsAre("team a! b!"));
  pass(seconds(29));
  EXPECT_THAT(told(), ElementsAre("team c!"));
}

TEST_F(DispatcherTest, TellsAtOnceWhenThereIsNoWait) {
  insert(alert("down", "a", true, "now"));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(DispatcherTest, DoesNotWaitForWhatIsOld) {
  Alert old = alert("down", "a");
  old.starts_at_ms -= 60'000;
  insert(old);
  EXPECT_THAT(told(), ElementsAre("team a!"));
}

TEST_F(DispatcherTest, LooksForChangesEachInterval) {
  insert(alert("down", "a", true, "now"));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  insert(alert("down", "b", true, "now"));
  pass(seconds(299));
  EXPECT_THAT(told(), IsEmpty());
  pass(seconds(1));
  EXPECT_THAT(told(), ElementsAre("team a! b!"));
  pass(seconds(300));
  EXPECT_THAT(told(), IsEmpty());  // nothing has changed
}

TEST_F(DispatcherTest, RepeatsItself) {
  insert(alert("down", "a", true, "now"));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  size_t count = 0;
  for (int minute = 0; minute < 61; ++minute) {
    pass(seconds(60));
    count += told().size();
  }
  EXPECT_EQ(count, 0u);  // at 60 minutes the interval has not passed yet
  pass(seconds(4 * 60));
  EXPECT_THAT(told(), ElementsAre("team a!"));
}

TEST_F(DispatcherTest, TellsOfTheEndOnceAndForgets) {
  insert(alert("down", "a", true, "now"));
  insert(alert("down", "b", true, "now"));
  EXPECT_THAT(told(), ElementsAre("team a! b!"));
  pass(seconds(300));
  insert(alert("down", "a", false, "now"));
  EXPECT_THAT(told(), ElementsAre("team a. b!"));
  EXPECT_EQ(dispatcher_.alert_count(kTenant), 1u);
  pass(seconds(300));
  insert(alert("down", "b", false, "now"));
  EXPECT_THAT(told(), ElementsAre("team b."));
  EXPECT_EQ(dispatcher_.alert_count(kTenant), 0u);
  EXPECT_EQ(dispatcher_.group_count(), 0u);
  EXPECT_EQ(dispatcher_.next_due_ms(), std::nullopt);
}

TEST_F(DispatcherTest, SaysNothingOfWhatCameAndWent) {
  insert(alert("down", "a"));
  pass(seconds(10));
  insert(alert("down", "a", false));
  pass(seconds(20));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(dispatcher_.group_count(), 0u);
}

TEST_F(DispatcherTest, EndsByItselfAtItsEnd) {
  Alert kept_alive = alert("down", "a", true, "now");
  kept_alive.ends_at_ms = clock_.wall_ms() + 200'000;
  insert(kept_alive);
  EXPECT_THAT(told(), ElementsAre("team a!"));
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a."));
}

TEST_F(DispatcherTest, KeepsAnAlertThatFiresAgainMeanwhile) {
  insert(alert("down", "a", true, "now"));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  insert(alert("down", "a", false, "now"));
  pass(seconds(300));
  EXPECT_THAT(due(), ElementsAre("team a."));
  insert(alert("down", "a", true, "now"));
  settle(true);
  EXPECT_EQ(dispatcher_.alert_count(kTenant), 1u);
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a!"));
}

TEST_F(DispatcherTest, TriesAgainWhatDidNotArrive) {
  insert(alert("down", "a", true, "now"));
  EXPECT_THAT(due(), ElementsAre("team a!"));
  settle(false);
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  insert(alert("down", "a", false, "now"));
  pass(seconds(300));
  EXPECT_THAT(due(), ElementsAre("team a."));
  settle(false);
  EXPECT_EQ(dispatcher_.alert_count(kTenant), 1u);
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a."));
  EXPECT_EQ(dispatcher_.group_count(), 0u);
}

TEST_F(DispatcherTest, GivesANotificationUntilTheNextTurn) {
  insert(alert("down", "a", true, "now"));
  ASSERT_THAT(due(), ElementsAre("team a!"));
  EXPECT_EQ(last_[0].expires_at_ms, clock_.wall_ms() + 5 * kMinuteMs);
  EXPECT_EQ(last_[0].target.group_key, R"({}/{severity="now"}:{alertname="down"})");
}

TEST_F(DispatcherTest, TellsOnlyOfFiresWhereEndsAreNotWanted) {
  insert(alert("down", "a", true, "firing-only"));
  insert(alert("down", "b", true, "firing-only"));
  pass(seconds(30));
  EXPECT_THAT(told(), ElementsAre("firing-only a! b!"));
  insert(alert("down", "a", false, "firing-only"));
  pass(seconds(300));
  EXPECT_THAT(told(), IsEmpty());
  insert(alert("down", "b", false, "firing-only"));
  pass(seconds(300));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(dispatcher_.group_count(), 0u);
  insert(alert("down", "b", true, "firing-only"));
  pass(seconds(30));
  EXPECT_THAT(told(), ElementsAre("firing-only b!"));  // it is known that it had ended
}

TEST_F(DispatcherTest, LetsGoOfWhatNobodyIsToldOf) {
  insert(alert("down", "a", true, "quiet"));
  pass(seconds(30));
  EXPECT_THAT(told(), IsEmpty());
  insert(alert("down", "a", false, "quiet"));
  pass(seconds(300));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(dispatcher_.group_count(), 0u);
}

TEST_F(DispatcherTest, KeepsTenantsApart) {
  insert(alert("down", "a", true, "now"), kTenant);
  insert(alert("down", "a", true, "now"), kOther);
  ASSERT_EQ(due().size(), 2u);
  EXPECT_EQ(last_[0].target.tenant, kTenant);
  EXPECT_EQ(last_[1].target.tenant, kOther);
}

// As where the end was told, or not, and the log of it was lost to a crash.
TEST_F(DispatcherTest, TellsOfAnAlertThatComesBackBeforeItsEndIsKnownToBeTold) {
  Alert first = alert("down", "a", true, "now");
  insert(first);
  EXPECT_THAT(told(), ElementsAre("team a!"));
  pass(seconds(400));
  Alert second = first;
  second.starts_at_ms = clock_.wall_ms();
  insert(second);
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  pass(seconds(300));
  EXPECT_THAT(told(), IsEmpty());
  second.ends_at_ms = clock_.wall_ms();
  insert(second);
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a."));
}

TEST_F(DispatcherTest, TellsNobodyTwiceAfterARestart) {
  insert(alert("down", "a", true, "now"));
  insert(alert("slow", "b", true, "now"));
  EXPECT_EQ(told().size(), 2u);
  Dispatcher next(config_of(kConfig), {});
  for (const auto& document : dispatcher_.log().take_changed(kTenant))
    ASSERT_TRUE(next.log().decode(kTenant, document.bytes).ok());
  pass(seconds(10));
  const std::vector<Alert> alerts = {alert("down", "a", true, "now"), alert("slow", "b", false, "now"),
                                     alert("new", "c", true, "now")};
  ASSERT_TRUE(next.insert(kTenant, alerts, clock_.wall_ms()).ok());
  const auto due = next.due(clock_.wall_ms());
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].target.group_key, R"({}/{severity="now"}:{alertname="new"})");
  EXPECT_EQ(due[1].target.group_key, R"({}/{severity="now"}:{alertname="slow"})");
  EXPECT_FALSE(due[1].is_firing());
}

TEST_F(DispatcherTest, KeepsWhatWasToldOverAReload) {
  insert(alert("down", "a", true, "now"));
  insert(alert("slow", "b"));
  EXPECT_EQ(told().size(), 1u);
  dispatcher_.reload(config_of(kConfig), clock_.wall_ms());
  pass(seconds(30));
  EXPECT_THAT(told(), ElementsAre("team b!"));
}

TEST_F(DispatcherTest, SettlesWhatTheTreeBeforeHadMade) {
  insert(alert("down", "a", true, "now"));
  EXPECT_EQ(due().size(), 1u);
  dispatcher_.reload(config_of("route: {receiver: x}\nreceivers: [{name: x}]"), clock_.wall_ms());
  settle(true);
  EXPECT_EQ(dispatcher_.log().size(), 1u);
}

TEST_F(DispatcherTest, IsNotLateWhenTheClockStepsBack) {
  insert(alert("down", "a"));
  clock_.set_wall_ms(clock_.wall_ms() - kHourMs);
  EXPECT_THAT(told(), IsEmpty());
  pass(seconds(30));
  EXPECT_THAT(told(), ElementsAre("team a!"));
}

TEST_F(DispatcherTest, HasALimit) {
  Dispatcher small(config_of(kConfig), {.alerts_per_tenant_max = 2});
  std::vector<Alert> alerts = {alert("down", "a"), alert("down", "b"), alert("down", "c"),
                               alert("down", "a")};
  const Status taken = small.insert(kTenant, alerts, clock_.wall_ms());
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, Code::kResourceExhausted);
  EXPECT_EQ(taken.error().message, "alerts: 1 of 4 not taken, limit 2 of a tenant");
  EXPECT_TRUE(small.insert(kOther, {alerts.data(), 1}, clock_.wall_ms()).ok());
}

}  // namespace
}  // namespace weir::notify
