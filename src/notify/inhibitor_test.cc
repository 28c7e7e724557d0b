#include "notify/inhibitor.h"

#include <gtest/gtest.h>

#include "notify/matcher_syntax.h"

namespace weir::notify {
namespace {

const std::vector<InhibitRule> kRules = {{parse_matchers("severity=critical").value(),
                                          parse_matchers("severity=~\"warning|critical\"").value(),
                                          {"job"}}};

TEST(Inhibitor, ComparesTheEqualLabels) {
  Inhibitor inhibitor(kRules);
  EXPECT_FALSE(inhibitor.inhibits(Labels::of({{"severity", "warning"}, {"job", "a"}})));
  inhibitor.add(Labels::of({{"severity", "critical"}, {"job", "a"}}));
  EXPECT_TRUE(inhibitor.inhibits(Labels::of({{"severity", "warning"}, {"job", "a"}})));
  EXPECT_FALSE(inhibitor.inhibits(Labels::of({{"severity", "warning"}, {"job", "b"}})));
  EXPECT_FALSE(inhibitor.inhibits(Labels::of({{"severity", "info"}, {"job", "a"}})));
}

TEST(Inhibitor, LabelsThatBothLackAreEqual) {
  Inhibitor inhibitor(kRules);
  inhibitor.add(Labels::of({{"severity", "critical"}}));
  EXPECT_TRUE(inhibitor.inhibits(Labels::of({{"severity", "warning"}})));
}

TEST(Inhibitor, NoneInhibitsItself) {
  Inhibitor inhibitor(kRules);
  const Labels both = Labels::of({{"severity", "critical"}, {"job", "a"}});
  inhibitor.add(both);
  EXPECT_FALSE(inhibitor.inhibits(both));
}

}  // namespace
}  // namespace weir::notify
