#include "rules/explain/conditions.h"

#include "rules/explain/explain_world_test.h"

namespace weir::rules::explain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConditionsTest : public ExplainTest {
 protected:
  std::vector<Condition> look(const std::string& expr) {
    auto found = conditions_of(expr, kNow, matches_, limits_, parts_);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? *std::move(found) : std::vector<Condition>();
  }
  static std::vector<double> values_of(const Condition& condition) {
    std::vector<double> values;
    for (const RuleSample& sample : condition.values) values.push_back(std::get<double>(sample.value));
    return values;
  }

  std::function<bool(LabelsView)> matches_ = [](LabelsView) { return true; };
};

TEST_F(ConditionsTest, HasTheValuesNearestToTheBound) {
  limits_.series_max = 3;
  for (const char* i : {"1", "2", "3", "14", "5"})
    load({{"__name__", "a"}, {"i", i}}, {std::strtod(i, nullptr)});
  load({{"__name__", "a"}, {"i", "nan"}}, {std::nan("")});
  const Condition found = look("(a > 4 * 2)").at(0);
  EXPECT_EQ(found.condition, "a > 4 * 2");
  EXPECT_EQ(found.expr, "a");
  EXPECT_EQ(found.op, ">");
  EXPECT_EQ(found.bound, 8);
  EXPECT_EQ(found.count, 6u);
  EXPECT_THAT(values_of(found), ElementsAre(5, 3, 14));
  matches_ = [](LabelsView labels) { return labels.get("i") == "1"; };
  EXPECT_THAT(values_of(look("a > 8").at(0)), ElementsAre(1));
}

TEST_F(ConditionsTest, TurnsAComparisonAround) {
  load({{"__name__", "a"}}, {1});
  const Condition found = look("5 >= a").at(0);
  EXPECT_EQ(found.expr, "a");
  EXPECT_EQ(found.op, "<=");
  EXPECT_EQ(found.bound, 5);
}

TEST_F(ConditionsTest, HasTheDifferenceOfTwoVectors) {
  load({{"__name__", "a"}, {"i", "1"}}, {7});
  load({{"__name__", "b"}, {"i", "1"}}, {10});
  const Condition found = look("a + 1 > on (i) b - 2").at(0);
  EXPECT_EQ(found.expr, "(a + 1) - on (i) (b - 2)");
  EXPECT_EQ(found.op, ">");
  EXPECT_EQ(found.bound, 0);
  EXPECT_THAT(values_of(found), ElementsAre(0));
}

TEST_F(ConditionsTest, LooksAtEachOperand) {
  load({{"__name__", "a"}}, {7});
  const auto found = look("(a > 1 and on () b < 2) unless absent(a) or a > bool 9");
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].condition, "a > 1");
  EXPECT_EQ(found[1].condition, "b < 2");
  EXPECT_EQ(found[1].count, 0u);
  EXPECT_EQ(found[2].condition, "absent(a)");
  EXPECT_EQ(found[2].op, "");
  EXPECT_EQ(found[2].bound, std::nullopt);
  EXPECT_EQ(found[3].expr, "a > bool 9");
  EXPECT_THAT(values_of(found[3]), ElementsAre(0));
  limits_.conditions_max = 2;
  EXPECT_EQ(look("a or a or a").size(), 2u);
}

TEST_F(ConditionsTest, SaysWhatFails) {
  load({{"__name__", "a"}, {"i", "1"}}, {7});
  load({{"__name__", "a"}, {"i", "2"}}, {7});
  const auto found = look("sum(a * on () a) > 1");
  EXPECT_THAT(found.at(0).error, HasSubstr("many-to-many"));
  EXPECT_THAT(found.at(0).values, IsEmpty());
}

}  // namespace
}  // namespace weir::rules::explain
