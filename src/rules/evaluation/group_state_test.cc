#include "rules/evaluation/group_state.h"

#include <gmock/gmock.h>

#include "rules/evaluation/evaluation_testing.h"

namespace weir::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GroupStateTest : public testing::Test {
 protected:
  /// What one evaluation writes, write by write.
  std::vector<std::vector<std::string>> written(GroupState& group, TimestampMs at_ms) {
    std::vector<std::vector<std::string>> writes;
    const Status outcome =
        group.evaluate(answers_.environment(), {at_ms, 0}, clock_, [&](const Batch& samples) {
          if (refuse_) return Status(unavailable("the log is away"));
          writes.push_back(lines_of(samples));
          return Status();
        });
    EXPECT_EQ(outcome.ok(), !refuse_);
    return writes;
  }

  Answers answers_;
  os::sim::ManualClock clock_{0};
  bool refuse_ = false;
};

TEST_F(GroupStateTest, WritesTogetherWhatNoRuleBehindReads) {
  GroupState group(groups_of(R"(
groups:
  - name: g
    labels: {team: x, own: group}
    rules:
      - {record: a, expr: up, labels: {own: rule}}
      - {record: b, expr: down}
      - {record: c, expr: a + b}
      - {record: d, expr: 'sum by (job) ({job="x"})'}
)")
                       .at(0));
  answers_.set("up", {sample({{"__name__", "up"}}, 1)});
  answers_.set("down", {sample({{"__name__", "down"}}, 2)});
  answers_.set("a + b", {sample({}, 3)});
  EXPECT_THAT(written(group, 1'000), ElementsAre(ElementsAre(R"(a{own="rule",team="x"} 1 @1000)",
                                                             R"(b{own="group",team="x"} 2 @1000)"),
                                                 ElementsAre(R"(c{own="group",team="x"} 3 @1000)")));
}

TEST_F(GroupStateTest, RulesThatReadAlertsWaitForThem) {
  GroupState group(groups_of(R"(
groups:
  - name: g
    rules:
      - {alert: A, expr: up}
      - {record: firing, expr: 'count(ALERTS{alertstate="firing"})'}
)")
                       .at(0));
  answers_.set("up", {sample({{"__name__", "up"}}, 1)});
  answers_.set(R"(count(ALERTS{alertstate="firing"}))", {sample({}, 1)});
  EXPECT_EQ(written(group, 1'000).size(), 2u);
}

TEST_F(GroupStateTest, SeriesThatAreMadeNoMoreEnd) {
  GroupState group(groups_of("groups: [{name: g, rules: [{record: r, expr: up}]}]").at(0));
  answers_.set("up", {sample({{"i", "a"}}, 1), sample({{"i", "b"}}, 1)});
  written(group, 1'000);
  answers_.set("up", {sample({{"i", "b"}}, 1)});
  EXPECT_THAT(written(group, 2'000),
              ElementsAre(ElementsAre(R"(r{i="b"} 1 @2000)", R"(r{i="a"} stale @2000)")));
  EXPECT_THAT(written(group, 3'000), ElementsAre(ElementsAre(R"(r{i="b"} 1 @3000)")));
}

TEST_F(GroupStateTest, ARuleThatFailsLeavesTheOthersAndItsSeriesAlone) {
  GroupState group(
      groups_of("groups: [{name: g, rules: [{record: r, expr: up}, {record: s, expr: down}]}]").at(0));
  answers_.set("up", {sample({}, 1)});
  answers_.set("down", {sample({}, 2)});
  written(group, 1'000);
  answers_.fail("up");
  EXPECT_THAT(written(group, 2'000), ElementsAre(ElementsAre("s 2 @2000")));
  EXPECT_EQ(group.health()[0].error, "bad query");
  EXPECT_EQ(group.health()[1].error, "");
  answers_.set("up", {});
  EXPECT_THAT(written(group, 3'000), ElementsAre(ElementsAre("r stale @3000", "s 2 @3000")));
}

TEST_F(GroupStateTest, AStoreThatIsAwayIsWaitedFor) {
  GroupState group(
      groups_of("groups: [{name: g, rules: [{record: r, expr: up}, {record: s, expr: down}]}]").at(0));
  answers_.set("up", {sample({}, 1)});
  answers_.fail("down", unavailable("the store is away"));
  const Status outcome = group.evaluate(answers_.environment(), {1'000, 0}, clock_, [](const Batch&) {
    ADD_FAILURE() << "nothing is to be written";
    return Status();
  });
  EXPECT_EQ(outcome.error().code, Code::kUnavailable);
  answers_.set("down", {sample({}, 2)});
  EXPECT_THAT(written(group, 1'000), ElementsAre(ElementsAre("r 1 @1000", "s 2 @1000")));
}

TEST_F(GroupStateTest, WhatCouldNotBeWrittenComesAgain) {
  GroupState group(groups_of("groups: [{name: g, rules: [{record: r, expr: up}]}]").at(0));
  answers_.set("up", {sample({{"i", "a"}}, 1)});
  written(group, 1'000);
  answers_.set("up", {sample({{"i", "b"}}, 1)});
  refuse_ = true;
  written(group, 2'000);
  refuse_ = false;
  EXPECT_THAT(written(group, 2'000),
              ElementsAre(ElementsAre(R"(r{i="b"} 1 @2000)", R"(r{i="a"} stale @2000)")));
}

TEST_F(GroupStateTest, SeriesOfTheFormerRulesEnd) {
  GroupState former(
      groups_of("groups: [{name: g, rules: [{record: r, expr: up}, {record: s, expr: up}]}]").at(0));
  answers_.set("up", {sample({}, 1)});
  written(former, 1'000);
  GroupState group(groups_of("groups: [{name: g, rules: [{record: s, expr: up}]}]").at(0));
  group.take_series(former);
  EXPECT_THAT(written(group, 2'000), ElementsAre(ElementsAre("s 1 @2000"), ElementsAre("r stale @2000")));
  Batch ends;
  group.add_ends(3'000, ends);
  EXPECT_THAT(lines_of(ends), ElementsAre("s stale @3000"));
}

TEST_F(GroupStateTest, SeriesOfARestoredAlertEndWithIt) {
  const RuleGroup rules = groups_of("groups: [{name: g, rules: [{alert: A, expr: up}]}]").at(0);
  GroupState before(rules);
  answers_.set("up", {sample({{"i", "a"}}, 1)});
  written(before, 1'000);
  GroupState after(rules);
  after.restore(0, {before.rules()[0].alerts().begin()->second});
  answers_.set("up", {});
  EXPECT_THAT(written(after, 2'000),
              ElementsAre(ElementsAre(R"(ALERTS{alertname="A",alertstate="firing",i="a"} stale @2000)",
                                      R"(ALERTS_FOR_STATE{alertname="A",i="a"} stale @2000)")));
}

TEST_F(GroupStateTest, ARuleSeesTheEndOfARestoredAlertBeforeIt) {
  const RuleGroup rules =
      groups_of("groups: [{name: g, rules: [{alert: A, expr: up}, {record: r, expr: count(ALERTS)}]}]").at(0);
  GroupState before(rules);
  answers_.set("up", {sample({}, 1)});
  answers_.set("count(ALERTS)", {sample({}, 1)});
  written(before, 1'000);
  GroupState after(rules);
  after.restore(0, {before.rules()[0].alerts().begin()->second});
  answers_.set("up", {});
  EXPECT_THAT(written(after, 2'000),
              ElementsAre(ElementsAre(R"(ALERTS{alertname="A",alertstate="firing"} stale @2000)",
                                      R"(ALERTS_FOR_STATE{alertname="A"} stale @2000)"),
                          ElementsAre("r 1 @2000")));
}

TEST_F(GroupStateTest, RecordedSeriesOfAnotherProcessEnd) {
  GroupState group(groups_of("groups: [{name: g, rules: [{record: r, expr: up}]}]").at(0));
  answers_.fail("up", unavailable("the store is away"));
  EXPECT_EQ(group.find_series(answers_.environment(), {1'000, 0}).error().code, Code::kUnavailable);
  answers_.set("up", {sample({{"i", "a"}}, 1), sample({{"i", "b"}}, 1)});
  EXPECT_TRUE(group.find_series(answers_.environment(), {1'000, 0}).ok());
  answers_.set("up", {sample({{"i", "b"}}, 1)});
  EXPECT_THAT(written(group, 2'000),
              ElementsAre(ElementsAre(R"(r{i="b"} 1 @2000)", R"(r{i="a"} stale @2000)")));
}

TEST_F(GroupStateTest, AQueryInATemplateMayReadAnything) {
  GroupState group(groups_of(R"(
groups:
  - name: g
    rules:
      - {record: r, expr: up}
      - {alert: A, expr: down, annotations: {x: '{{ query "r" | first | value }}'}}
)")
                       .at(0));
  answers_.set("up", {sample({}, 1)});
  answers_.set("down", {sample({}, 1)});
  EXPECT_EQ(written(group, 1'000).size(), 2u);
}

TEST_F(GroupStateTest, WithoutSamplesNothingIsWritten) {
  GroupState group(groups_of("groups: [{name: g, rules: [{record: r, expr: up}]}]").at(0));
  EXPECT_THAT(written(group, 1'000), IsEmpty());
}

}  // namespace
}  // namespace weir::rules
