#include "rules/unit_test/rule_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"

namespace weir::rules::unit_test {
namespace {

using testing::ElementsAre;

class RuleSetTest : public testing::Test {
 protected:
  RuleSetTest() {
    EXPECT_TRUE(files_.create_directories("/d/sub/deep").ok());
    EXPECT_TRUE(files_.create_directories("/d/other").ok());
    put("/d/a.yml", "groups: [{name: one}, {name: two}]");
    put("/d/b.yml", "groups: [{name: three}]");
    put("/d/.hidden.yml", "groups: []");
    put("/d/sub/a.yml", "groups: [{name: two}]");
    put("/d/other/a.yml", "groups: [{name: g, rules: [{record: r, expr: sum(}]}]");
    put("/d/other/extra.yml", "groups: [{name: g, owner: me}]");
  }
  void put(const std::string& path, std::string_view text) {
    ASSERT_TRUE(os::write_file_atomically(files_, path, text).ok()) << path;
  }
  RuleSet load(std::vector<std::string> rule_files, std::vector<std::string> order = {},
               UnknownFields unknown = UnknownFields::kRefuse) {
    UnitTestFile tests;
    tests.rule_files = std::move(rule_files);
    tests.group_eval_order = std::move(order);
    return load_rules(files_, "/d/test.yml", tests, unknown);
  }
  static std::vector<std::string> names(const RuleSet& rules) {
    std::vector<std::string> out;
    for (const RuleGroup& group : rules.groups) out.push_back(group.name);
    return out;
  }

  os::sim::FaultyFiles files_;
};

TEST_F(RuleSetTest, ReadsEachFileOnceInTheOrderGiven) {
  EXPECT_THAT(names(load({"b.yml", "[ab].yml", "./sub/../a.yml", "sub/a.yml"})),
              ElementsAre("three", "one", "two", "two"));
}

TEST_F(RuleSetTest, OrdersGroupsAsTold) {
  EXPECT_THAT(names(load({"a.yml", "b.yml", "sub/a.yml"}, {"three", "two", "none"})),
              ElementsAre("one", "three", "two", "two"));
}

TEST_F(RuleSetTest, NamesWhatItCannotUse) {
  const RuleSet rules = load({"none*.yml", "other/a.yml", "sub"});
  EXPECT_THAT(rules.unmatched, ElementsAre("none*.yml"));
  ASSERT_EQ(rules.refused.size(), 2u);
  EXPECT_EQ(rules.refused[0].path, "/d/other/a.yml");
  EXPECT_THAT(rules.refused[0].problems, testing::SizeIs(1));
  EXPECT_EQ(rules.refused[1].path, "/d/sub");
  EXPECT_EQ(load({"[ab.yml"}).refused.size(), 1u);
}

TEST_F(RuleSetTest, PassesOverUnknownFieldsWhenTold) {
  EXPECT_EQ(load({"other/extra.yml"}).refused.size(), 1u);
  EXPECT_THAT(names(load({"other/extra.yml"}, {}, UnknownFields::kPassOver)), ElementsAre("g"));
}

}  // namespace
}  // namespace weir::rules::unit_test
