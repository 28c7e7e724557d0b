#include "rules/rule_file_text.h"

#include <gtest/gtest.h>

namespace weir::rules {
namespace {

constexpr std::string_view kGroups = R"(
groups:
  - name: "a: \"b\"\n#c é"
    interval: 1m30s
    query_offset: 0s
    limit: 7
    labels: {team: x, "weird name": "{{"}
    rules:
      - record: a:b
        expr: |
          sum(
            rate(x[5m])
          )
        labels: {k: "", "l\\": 'q"'}
      - alert: Down
        expr: up == 0
        for: 5m
        keep_firing_for: 1h
        annotations: {summary: "{{ $labels.x }}\ttab\x01"}
  - name: empty
)";

TEST(RuleFileText, ReadsBackTheSame) {
  const RuleFile file = parse_rule_file(kGroups);
  ASSERT_TRUE(file.problems.empty()) << file.problems.front().message;
  ASSERT_EQ(file.groups.size(), 2u);
  for (const RuleGroup& group : file.groups) {
    const std::string text = to_yaml(group, 4);
    const RuleFile again = parse_rule_file("groups:\n" + text);
    ASSERT_TRUE(again.problems.empty()) << text << again.problems.front().message;
    ASSERT_EQ(again.groups.size(), 1u) << text;
    EXPECT_EQ(to_yaml(again.groups[0], 4), text);
  }
  const RuleFile again = parse_rule_file("groups:\n" + to_yaml(file.groups[0], 0));
  const RuleGroup& group = again.groups.at(0);
  EXPECT_EQ(group.name, file.groups[0].name);
  EXPECT_EQ(group.interval_ms, 90'000);
  EXPECT_EQ(group.query_offset_ms, 0);
  EXPECT_EQ(group.limit, 7);
  EXPECT_EQ(group.labels, file.groups[0].labels);
  ASSERT_EQ(group.rules.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(group.rules[i].record, file.groups[0].rules[i].record);
    EXPECT_EQ(group.rules[i].alert, file.groups[0].rules[i].alert);
    EXPECT_EQ(group.rules[i].expr, file.groups[0].rules[i].expr);
    EXPECT_EQ(group.rules[i].for_ms, file.groups[0].rules[i].for_ms);
    EXPECT_EQ(group.rules[i].keep_firing_for_ms, file.groups[0].rules[i].keep_firing_for_ms);
    EXPECT_EQ(group.rules[i].labels, file.groups[0].rules[i].labels);
    EXPECT_EQ(group.rules[i].annotations, file.groups[0].rules[i].annotations);
  }
}

TEST(RuleFileText, IsAGroupWithoutItsDash) {
  std::string text = to_yaml(parse_rule_file(kGroups).groups[0], 0);
  text.front() = ' ';
  const RuleFile file = parse_rule_group(text);
  ASSERT_TRUE(file.problems.empty()) << file.problems.front().message;
  EXPECT_EQ(file.groups.at(0).rules.size(), 2u);
}

TEST(RuleFileText, SameRulesMayStandElsewhere) {
  const RuleGroup a = parse_rule_group("name: g\nrules: [{record: r, expr: up}]").groups.at(0);
  const RuleGroup b = parse_rule_group("\n\nrules:\n- expr: up\n  record: r\nname: g").groups.at(0);
  const RuleGroup c = parse_rule_group("name: g\nrules: [{record: r, expr: down}]").groups.at(0);
  EXPECT_TRUE(same_rules(a, b));
  EXPECT_FALSE(same_rules(a, c));
}

TEST(ParseRuleGroup, SaysWhereAFaultIs) {
  const RuleFile file = parse_rule_group("name: g\nrules:\n- record: r\n  expr: up +\n");
  ASSERT_EQ(file.problems.size(), 1u);
  EXPECT_EQ(yaml::to_text(file.problems[0].mark).substr(0, 2), "4:");
  EXPECT_FALSE(parse_rule_group("").problems.empty());
  EXPECT_FALSE(parse_rule_group("groups: []").problems.empty());
}

}  // namespace
}  // namespace weir::rules
