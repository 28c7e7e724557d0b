#include "notify/dispatcher_world_test.h"

namespace weir::notify {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(DispatcherTest, DoesNotTellOfWhatIsSilenced) {
  insert(alert("down", "a", true, "now"));
  silenced_ = true;
  EXPECT_THAT(told(), IsEmpty());
  silenced_ = false;
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  silenced_ = true;
  insert(alert("down", "a", false, "now"));
  pass(seconds(300));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(DispatcherTest, TellsOfAnEndWhenTheSilenceIsOver) {
  insert(alert("down", "a", true, "now"));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  silenced_ = true;
  insert(alert("down", "a", false, "now"));
  pass(seconds(300));
  EXPECT_THAT(told(), IsEmpty());
  silenced_ = false;
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a."));
  EXPECT_EQ(dispatcher_.group_count(), 0u);
}

TEST_F(DispatcherTest, TellsOfAnEndThatComesWhileItIsSaidToFire) {
  insert(alert("down", "a", true, "now"));
  EXPECT_THAT(due(), ElementsAre("team a!"));
  insert(alert("down", "a", false, "now"));
  pass(seconds(300));
  const std::vector<Notification> on_its_way = std::exchange(last_, {});
  EXPECT_THAT(due(), IsEmpty());  // nothing is known to have been told
  dispatcher_.settle(on_its_way[0], true, clock_.wall_ms());
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a."));
  EXPECT_EQ(dispatcher_.group_count(), 0u);
}

TEST_F(DispatcherTest, DoesNotSayThatSomethingEndedThatNobodyKnew) {
  insert(alert("down", "a", true, "now"));
  insert(alert("down", "b", false, "now"));
  EXPECT_THAT(told(), ElementsAre("team a!"));
  insert(alert("down", "c", false, "now"));
  pass(seconds(300));
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(dispatcher_.alert_count(kTenant), 1u);
}

TEST_F(DispatcherTest, TellsNothingAtMutedTimes) {
  insert(alert("down", "a", true, "office"));  // at 22:13:20
  pass(seconds(30));
  EXPECT_THAT(told(), IsEmpty());
  pass(seconds(300));  // 22:18:50
  EXPECT_THAT(told(), IsEmpty());
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a!"));
}

TEST_F(DispatcherTest, DoesNotTellOfWhatIsInhibited) {
  insert(alert("down", "a", true, "critical"));
  insert(alert("slow", "a", true, "warning"));
  insert(alert("slow", "b", true, "warning"));
  pass(seconds(30));
  EXPECT_THAT(told(), ElementsAre("team a!", "team b!"));
  insert(alert("down", "a", false, "critical"));
  pass(seconds(300));
  EXPECT_THAT(told(), ElementsAre("team a.", "team a! b!"));
}

}  // namespace
}  // namespace weir::notify
