#include "meta/postgres/revisions.h"

#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"

namespace weir::meta::postgres {
namespace {

TEST(Revisions, NeverGoBack) {
  Revisions revisions;
  EXPECT_EQ(revisions.known("rules"), 0U);
  revisions.learn("rules", 7);
  revisions.learn("rules", 5);
  EXPECT_EQ(revisions.known("rules"), 7U);
  EXPECT_EQ(revisions.known("silences"), 0U);
}

TEST(Revisions, AreFreshForTwoSecondsFromTheQuestion) {
  os::sim::ManualClock clock;
  Revisions revisions;
  EXPECT_FALSE(revisions.is_fresh(clock.steady()));
  revisions.refreshed(clock.steady());
  clock.advance(os::milliseconds(1'999));
  EXPECT_TRUE(revisions.is_fresh(clock.steady()));
  revisions.refreshed(clock.steady() - os::milliseconds(5'000));
  EXPECT_TRUE(revisions.is_fresh(clock.steady())) << "a late answer to an old question";
  clock.advance(os::milliseconds(1));
  EXPECT_FALSE(revisions.is_fresh(clock.steady()));
}

TEST(Revisions, AreLearntFromAnnouncementsAndNothingElse) {
  Revisions revisions;
  learn_from("groups/rules 42", revisions);
  EXPECT_EQ(revisions.known("groups/rules"), 42U);
  for (const char* payload : {"", " ", "rules", "rules ", "rules x", "rules -1", "rules 1 2", " 5", "Rules 5",
                              "rules 99999999999999999999"}) {
    learn_from(payload, revisions);
  }
  EXPECT_EQ(revisions.known("rules"), 0U);
  EXPECT_EQ(revisions.known(""), 0U);
}

}  // namespace
}  // namespace weir::meta::postgres
