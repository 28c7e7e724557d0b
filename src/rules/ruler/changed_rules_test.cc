#include "rules/ruler/changed_rules.h"

#include <gmock/gmock.h>

namespace weir::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr os::milliseconds kGap{100};
const os::SteadyTime kNow = os::SteadyTime() + std::chrono::hours(1);

TEST(ChangedRules, AreLookedAtForTheWatermarkOnce) {
  ChangedRules rules;
  EXPECT_THAT(rules.due(1'000, kNow), IsEmpty());
  EXPECT_EQ(rules.wait(1'000, kNow), std::nullopt);
  rules.note(3, 900);
  rules.note(5, 1'500);
  rules.note(5, 1'000);
  rules.note(7, 1'001);
  EXPECT_THAT(rules.due(1'000, kNow), ElementsAre(3, 5));
  rules.looked_at(3, 1'000);
  rules.put_off(3, kNow + kGap);
  rules.looked_at(5, 1'000);
  rules.put_off(5, kNow + kGap);
  EXPECT_THAT(rules.due(1'000, kNow + kGap), IsEmpty());
  EXPECT_THAT(rules.due(1'600, kNow + kGap), ElementsAre(5, 7));
  rules.looked_at(5, 1'600);
  rules.put_off(5, kNow + kGap + kGap);
  rules.looked_at(7, 1'600);
  rules.put_off(7, kNow + kGap + kGap);
  EXPECT_EQ(rules.wait(1'600, kNow), std::nullopt);
}

TEST(ChangedRules, AreNotLookedAtTooOften) {
  ChangedRules rules;
  rules.note(1, 1'000);
  rules.note(1, 5'000);
  rules.looked_at(1, 1'000);
  rules.put_off(1, kNow + kGap);
  EXPECT_THAT(rules.due(1'050, kNow + kGap / 2), IsEmpty());
  EXPECT_EQ(rules.wait(1'050, kNow + kGap / 2), kGap / 2);
  EXPECT_THAT(rules.due(1'100, kNow + kGap), ElementsAre(1));
}

TEST(ChangedRules, WaitForTheWatermark) {
  ChangedRules rules;
  rules.note(1, 1'040);
  EXPECT_EQ(rules.wait(1'000, kNow), os::milliseconds(40));
  EXPECT_EQ(rules.wait(1'040, kNow), os::milliseconds(5));
  EXPECT_EQ(rules.wait(-9'000, kNow), os::milliseconds(50));
  EXPECT_EQ(rules.wait(std::nullopt, kNow), os::milliseconds(50));
}

}  // namespace
}  // namespace weir::rules
