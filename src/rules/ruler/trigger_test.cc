#include <gmock/gmock.h>

#include "rules/evaluation/evaluation_testing.h"
#include "rules/ruler/trigger_index.h"

namespace weir::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const TenantId kTenant = TenantId::from_stored(7);
const TenantId kOther = TenantId::from_stored(8);

std::optional<Trigger> trigger_of(const std::string& expr) {
  Rule rule;
  rule.alert = "A";
  rule.expr = expr;
  return Trigger::of(rule);
}

TEST(Trigger, IsASelectorComparedWithANumber) {
  for (const char* expr :
       {"up == 0", "up{job=\"a\"} > 1", "(up) >= (2)", "3 < up", "up != -1", "{__name__=\"up\"} < 5"})
    EXPECT_TRUE(trigger_of(expr)) << expr;
  for (const char* expr :
       {"up", "up > bool 1", "up + 1", "rate(up[5m]) > 1", "up > down", "up offset 5m > 1", "up @ 5 > 1",
        "sum(up) > 1", "{job=\"a\"} > 1", "up > time()", "{__name__=~\"up|down\"} > 1"})
    EXPECT_FALSE(trigger_of(expr)) << expr;
  Rule recording;
  recording.record = "r";
  recording.expr = "up > 1";
  EXPECT_FALSE(Trigger::of(recording));
}

TEST(Trigger, HoldsAsTheComparisonDoes) {
  const struct {
    const char* expr;
    double holds;
    double fails;
  } kCases[] = {{"up == 2", 2, 3}, {"up != 2", 3, 2}, {"up > 2", 3, 2},   {"up >= 2", 2, 1},
                {"up < 2", 1, 2},  {"up <= 2", 2, 3}, {"2 < up", 3, 2},   {"2 <= up", 2, 1},
                {"2 > up", 1, 2},  {"2 >= up", 2, 3}, {"up > -2", -1, -2}};
  for (const auto& one : kCases) {
    EXPECT_TRUE(trigger_of(one.expr)->holds(one.holds)) << one.expr;
    EXPECT_FALSE(trigger_of(one.expr)->holds(one.fails)) << one.expr;
    EXPECT_FALSE(trigger_of(one.expr)->holds(stale_marker())) << one.expr;
  }
}

class TriggerIndexTest : public testing::Test {
 protected:
  void set(uint64_t group, std::vector<std::string> exprs, TenantId tenant = kTenant) {
    std::vector<TriggerIndex::NewTrigger> triggers;
    for (size_t i = 0; i < exprs.size(); ++i) triggers.push_back({{group, i}, *trigger_of(exprs[i])});
    index_.set(tenant, group, std::move(triggers));
  }
  /// `group/rule` of each change.
  std::vector<std::string> changed(std::initializer_list<Label> labels, double value,
                                   TenantId tenant = kTenant) {
    Batch batch;
    batch.begin_series(Labels::of(labels).view().bytes());
    batch.add_sample(1'000, -1);
    batch.add_sample(2'000, value);
    std::vector<TriggerIndex::Change> changes;
    index_.look_at({tenant, Offset(0), &batch}, changes);
    std::vector<std::string> out;
    for (const auto& change : changes) {
      EXPECT_EQ(change.at_ms, 2'000);
      out.push_back(fmt::format("{}/{}", change.rule.group, change.rule.rule));
    }
    return out;
  }

  TriggerIndex index_;
};

TEST_F(TriggerIndexTest, TellsOfChangesAlone) {
  set(1, {"up == 0"});
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "a"}}, 1), IsEmpty());
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "a"}}, 0), ElementsAre("1/0"));
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "a"}}, 0), IsEmpty());
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "b"}}, 0), ElementsAre("1/0"));
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "a"}}, stale_marker()), ElementsAre("1/0"));
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "b"}}, 1), ElementsAre("1/0"));
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "b"}}, 1), IsEmpty());
}

TEST_F(TriggerIndexTest, FindsRulesByTheirLabels) {
  set(1, {"up{i=\"a\"} == 0", "up{i=\"b\"} == 0", "up{i=~\"a|c\"} == 0", "down{i=\"a\"} == 0",
          "up{i=\"a\",j!=\"x\"} == 0"});
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "a"}, {"j", "x"}}, 0),
              testing::UnorderedElementsAre("1/0", "1/2"));
  EXPECT_THAT(changed({{"__name__", "up"}, {"i", "b"}}, 0), ElementsAre("1/1"));
  EXPECT_THAT(changed({{"__name__", "up"}}, 0), IsEmpty());
}

TEST_F(TriggerIndexTest, ATenantHasItsOwn) {
  set(1, {"up == 0"});
  set(2, {"up == 0"}, kOther);
  EXPECT_THAT(changed({{"__name__", "up"}}, 0), ElementsAre("1/0"));
  EXPECT_THAT(changed({{"__name__", "up"}}, 0, kOther), ElementsAre("2/0"));
  EXPECT_THAT(changed({{"__name__", "up"}}, 0, TenantId::from_stored(9)), IsEmpty());
}

TEST_F(TriggerIndexTest, GroupsComeAndGo) {
  set(1, {"up == 0"});
  set(2, {"up == 1"});
  EXPECT_THAT(changed({{"__name__", "up"}}, 0), ElementsAre("1/0"));
  set(1, {});
  EXPECT_THAT(changed({{"__name__", "up"}}, 1), ElementsAre("2/0"));
  set(2, {"up == 5"});
  EXPECT_THAT(changed({{"__name__", "up"}}, 5), ElementsAre("2/0"));
  set(2, {});
  set(3, {});
  EXPECT_THAT(changed({{"__name__", "up"}}, 0), IsEmpty());
}

}  // namespace
}  // namespace weir::rules
