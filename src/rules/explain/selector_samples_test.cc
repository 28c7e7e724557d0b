#include "rules/explain/selector_samples.h"

#include "rules/explain/explain_world_test.h"

namespace weir::rules::explain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using SelectorSamplesTest = ExplainTest;

TEST_F(SelectorSamplesTest, HasTheNewestOfEachSelectorInItsTimes) {
  load({{"__name__", "a"}, {"i", "1"}}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  load({{"__name__", "b"}}, {1, 2, 3});
  const auto all = selector_samples("rate(a[30s]) / on () b offset 10s > 1", kNow, {}, limits_, parts_);
  ASSERT_TRUE(all.ok());
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ((*all)[0].selector, "a[30s]");
  EXPECT_THAT((*all)[0].series.at(0).samples.values, ElementsAre(10, 11, 12));
  EXPECT_EQ((*all)[1].selector, "b offset 10s");
  EXPECT_THAT((*all)[1].series.at(0).samples.values, ElementsAre(1, 2));
  const auto instant = selector_samples("a", kNow, {}, limits_, parts_);
  EXPECT_THAT((*instant)[0].series.at(0).samples.values, SizeIs(10));
  EXPECT_EQ((*instant)[0].series.at(0).samples.values.back(), 12);
}

TEST_F(SelectorSamplesTest, TakesSeriesThatDoNotContradictTheAlert) {
  load({{"__name__", "m"}, {"i", "a.b"}, {"x", "1"}}, {1});
  load({{"__name__", "m"}, {"i", "acb"}, {"x", "1"}}, {2});
  load({{"__name__", "m"}, {"x", "1"}}, {3});
  const auto all = selector_samples("m", kNow, {{"i", "a.b"}, {"other", "y"}}, limits_, parts_);
  ASSERT_THAT((*all)[0].series, SizeIs(2));
  EXPECT_THAT((*all)[0].series[0].labels.view().to_string(), HasSubstr("a.b"));
  EXPECT_THAT((*all)[0].series[1].samples.values, ElementsAre(3));
}

TEST_F(SelectorSamplesTest, SaysThatThereIsMoreOrNothing) {
  limits_.series_max = 2;
  limits_.selectors_max = 2;
  for (const char* i : {"1", "2", "3"}) load({{"__name__", "m"}, {"i", i}}, {1});
  const auto all = selector_samples("m + none + m", kNow, {}, limits_, parts_);
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_THAT((*all)[0].series, SizeIs(2));
  EXPECT_TRUE((*all)[0].has_more);
  EXPECT_THAT((*all)[1].series, IsEmpty());
  EXPECT_FALSE((*all)[1].has_more);
  query_limits_.query_series_max = 1;
  EXPECT_THAT((*selector_samples("m", kNow, {}, limits_, parts_))[0].error, HasSubstr("more than 1"));
  EXPECT_FALSE(selector_samples("m[", kNow, {}, limits_, parts_).ok());
}

}  // namespace
}  // namespace weir::rules::explain
