#include "gateway/rule_pages.h"

#include <gmock/gmock.h>

namespace weir::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RuleFilter all() {
  return {[](const rules::GroupStatus&) { return true; }, [](const rules::RuleStatus&) { return true; },
          true};
}

std::vector<rules::GroupStatus> groups() {
  std::vector<rules::GroupStatus> made;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    rules::GroupStatus& group = made.emplace_back();
    group.name_space = "file";
    group.name = name;
    group.rules.resize(group.name == "c" ? 0 : 1);
  }
  return made;
}

net::Params params(std::string_view text) {
  net::Params params;
  EXPECT_TRUE(params.parse(text).ok());
  return params;
}

std::vector<std::string> names(const RulePage& page) {
  std::vector<std::string> out;
  for (const rules::GroupStatus& group : page.groups) out.push_back(group.name);
  return out;
}

TEST(RulePages, FollowEachOther) {
  EXPECT_THAT(names(page_of(groups(), all(), params("")).value()), ElementsAre("a", "b", "d", "e"));
  const RulePage first = page_of(groups(), all(), params("group_limit=3")).value();
  EXPECT_THAT(names(first), ElementsAre("a", "b", "d"));
  const RulePage second =
      page_of(groups(), all(), params("group_limit=3&group_next_token=" + first.next_token)).value();
  EXPECT_THAT(names(second), ElementsAre("e"));
  EXPECT_THAT(second.next_token, IsEmpty());
  EXPECT_THAT(page_of(groups(), all(), params("group_limit=4"))->next_token, IsEmpty());
}

TEST(RulePages, GroupsThatAreNotAskedForDoNotCount) {
  RuleFilter filter = all();
  filter.group = [](const rules::GroupStatus& group) { return group.name != "a"; };
  EXPECT_THAT(names(page_of(groups(), filter, params("group_limit=2")).value()), ElementsAre("b", "d"));
}

TEST(RulePages, RefuseWhatMakesNoSense) {
  const auto error = [](std::string_view text) {
    return page_of(groups(), all(), params(text)).error().message;
  };
  EXPECT_THAT(error("group_limit=0"), HasSubstr("\"0\" is not a number from 1 on"));
  EXPECT_THAT(error("group_limit=x"), HasSubstr("\"x\" is not a number"));
  EXPECT_THAT(error("group_next_token=1"), HasSubstr("needs \"group_limit\""));
  EXPECT_THAT(error("group_limit=1&group_next_token=1"), HasSubstr("stands for no group"));
}

}  // namespace
}  // namespace weir::gateway
