#include "query/group_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(GroupIndex, NumbersGroupsAsTheyCome) {
  GroupIndex index(GroupKey({"job"}, false));
  EXPECT_EQ(index.place(Labels::of({{"instance", "1"}, {"job", "a"}})), 0u);
  EXPECT_EQ(index.find(Labels::of({{"job", "b"}})), std::nullopt);
  EXPECT_EQ(index.place(Labels::of({{"job", "b"}})), 1u);
  EXPECT_EQ(index.place(Labels::of({{"instance", "2"}, {"job", "a"}})), 0u);
  EXPECT_EQ(index.find(Labels::of({{"instance", "3"}, {"job", "b"}})), 1u);
  EXPECT_EQ(index.place(Labels::of({{"instance", "1"}})), 2u);
  EXPECT_THAT(index.take_labels(),
              ElementsAre(Labels::of({{"job", "a"}}), Labels::of({{"job", "b"}}), Labels()));
}

TEST(GroupIndex, ManyGroupsStayApart) {
  GroupIndex index(GroupKey({"x"}, true));
  for (uint32_t i = 0; i < 5'000; ++i) {
    const std::string name = std::to_string(i);
    ASSERT_EQ(index.place(Labels::of({{"__name__", "m"}, {"i", name}, {"x", "1"}})), i);
    ASSERT_EQ(index.place(Labels::of({{"__name__", "n"}, {"i", name}})), i);
  }
  EXPECT_EQ(index.size(), 5'000u);
  EXPECT_EQ(index.labels(4'999), Labels::of({{"i", "4999"}}));
}

TEST(GroupMembers, AreListsByGroup) {
  const std::vector<uint32_t> group_of = {1, 0, GroupMembers::kNone, 1, 3};
  const GroupMembers members(group_of, 4);
  EXPECT_THAT(members.of(0), ElementsAre(1));
  EXPECT_THAT(members.of(1), ElementsAre(0, 3));
  EXPECT_THAT(members.of(2), IsEmpty());
  EXPECT_THAT(members.of(3), ElementsAre(4));
}

}  // namespace
}  // namespace weir::query
