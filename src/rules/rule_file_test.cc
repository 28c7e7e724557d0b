#include "rules/rule_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> lines(const std::vector<Problem>& problems) {
  std::vector<std::string> out;
  for (const Problem& problem : problems) out.push_back(to_text(problem.mark) + ": " + problem.message);
  return out;
}

std::vector<std::string> problems_of(std::string_view text, const RuleFileLimits& limits = {}) {
  return lines(parse_rule_file(text, limits).problems);
}

// The problems of a rule with these lines; line 1 of it is line 4 of the file, column 9.
std::vector<std::string> problems_of_rule(std::string_view rule) {
  std::string text = "groups:\n  - name: g\n    rules:\n";
  std::string_view mark = "      - ";
  for (size_t begin = 0; begin < rule.size();) {
    const size_t end = std::min(rule.find('\n', begin), rule.size());
    text += fmt::format("{}{}\n", mark, rule.substr(begin, end - begin));
    mark = "        ";
    begin = end + 1;
  }
  return problems_of(text);
}

constexpr std::string_view kGood = R"(groups:
  - name: node
    interval: 30s
    query_offset: 1m
    limit: 10
    labels: {team: infra}
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: {kind: "sum"}
      - alert: InstanceDown
        expr: up == 0
        for: 5m
        keep_firing_for: 10m
        labels:
          severity: page
        annotations:
          summary: "{{ $labels.instance }} is down"
)";

TEST(RuleFile, ReadsGroupsAndRules) {
  const RuleFile file = parse_rule_file(kGood);
  ASSERT_THAT(lines(file.problems), IsEmpty());
  EXPECT_THAT(lines(file.warnings), IsEmpty());
  ASSERT_EQ(file.groups.size(), 1u);
  const RuleGroup& group = file.groups[0];
  EXPECT_EQ(group.name, "node");
  EXPECT_EQ(group.interval_ms, 30'000);
  EXPECT_EQ(group.query_offset_ms, 60'000);
  EXPECT_EQ(group.limit, 10);
  EXPECT_THAT(group.labels, ElementsAre(testing::Pair("team", "infra")));
  EXPECT_EQ(to_text(group.mark), "2:5");
  ASSERT_EQ(group.rules.size(), 2u);
  EXPECT_EQ(group.rules[0].record, "job:up:sum");
  EXPECT_EQ(group.rules[0].expr, "sum by (job) (up)");
  const Rule& alert = group.rules[1];
  EXPECT_EQ(alert.name(), "InstanceDown");
  EXPECT_EQ(alert.for_ms, 300'000);
  EXPECT_EQ(alert.keep_firing_for_ms, 600'000);
  EXPECT_THAT(alert.annotations, ElementsAre(testing::Pair("summary", "{{ $labels.instance }} is down")));
  EXPECT_EQ(to_text(alert.mark), "11:9");
}

TEST(RuleFile, NothingIsARuleFile) {
  for (const char* text : {"", "# nothing\n", "groups:\n", "groups: []\n", "groups:\n- name: a\n",
                           "groups:\n- {name: a, rules: }\n"}) {
    EXPECT_THAT(problems_of(text), IsEmpty()) << text;
  }
}

TEST(RuleFile, SaysWhatIsNotOfItsForm) {
  EXPECT_THAT(problems_of("groups: [\n"), ElementsAre(HasSubstr("2:1: ")));
  EXPECT_THAT(problems_of("text\n"), ElementsAre("1:1: rule file: expected keys with values, found text"));
  EXPECT_THAT(problems_of("groups: {a: 1}\n"), ElementsAre("1:9: groups: expected a list, found keys"));
  EXPECT_THAT(problems_of("group: []\n"),
              ElementsAre("1:1: rule file: unknown field \"group\"; did you mean \"groups\"?"));
  EXPECT_THAT(problems_of("groups:\n- x\n- name: b\n  rules: 5\n"),
              ElementsAre("2:3: group: expected keys with values, found text", "2:3: group: it needs a name",
                          "4:10: rules: expected a list, found text"));
  EXPECT_THAT(problems_of("groups:\n- name: a\n  limit: many\n  interval: 5x\n"),
              ElementsAre("3:10: limit: expected a whole number, found \"many\"",
                          HasSubstr("4:13: interval: \"5x\" is not a duration")));
}

TEST(RuleFile, FindsAllProblemsAtOnce) {
  EXPECT_THAT(problems_of(R"(groups:
  - name: a
    rules:
      - record: x
        expr: sum(
      - alert: A
        expr: up
        severity: page
        annotations:
          text: "{{ $lables.job }}"
  - name: a
    rules:
      - expr: up
)"),
              ElementsAre("5:19: expr: parse error: unclosed left parenthesis",
                          HasSubstr("8:9: rule: unknown field \"severity\"; allowed are record, alert"),
                          "10:21: annotation \"text\": template: undefined variable \"$lables\"",
                          "11:11: group: the name \"a\" is there twice in this file, first at line 2",
                          HasSubstr("13:9: rule: it needs \"record\"")));
}

TEST(RuleFile, RefusesRepeatedKeys) {
  EXPECT_THAT(problems_of_rule("record: a\nexpr: up\nexpr: down"),
              ElementsAre("6:9: rule: \"expr\" is there twice, first at line 5"));
  EXPECT_THAT(problems_of_rule("record: a\nexpr: up\nlabels: {x: 1, x: 2}"),
              ElementsAre("6:24: labels: \"x\" is there twice, first at line 6"));
}

TEST(RuleFile, ARuleRecordsOrAlerts) {
  EXPECT_THAT(problems_of_rule("record: a\nalert: B\nexpr: up"),
              ElementsAre("5:16: rule: it has both \"record\" and \"alert\"; a rule does one of them"));
  EXPECT_THAT(problems_of_rule("record: \"\"\nexpr: up"), ElementsAre(HasSubstr("4:17: rule: it needs")));
  EXPECT_THAT(problems_of_rule("record: a"),
              ElementsAre("4:9: rule: it needs \"expr\" with a PromQL expression"));
  EXPECT_THAT(problems_of_rule("record: a\nexpr: [up]"),
              ElementsAre("5:15: expr: expected text, found a list"));
  EXPECT_THAT(
      problems_of_rule("record: a\nexpr: up\nfor: 5m\nkeep_firing_for: 1m\nannotations: {a: b}"),
      ElementsAre(HasSubstr("6:9: rule: it records, and has \"for\""), HasSubstr("7:9: rule: it records"),
                  HasSubstr("8:9: rule: it records, and has \"annotations\"")));
  EXPECT_THAT(problems_of_rule("record: a\nexpr: up\nfor: 0s\nannotations: {}"), IsEmpty());
}

TEST(RuleFile, ChecksNames) {
  EXPECT_THAT(problems_of_rule("record: up{job=\"x\"}\nexpr: up"),
              ElementsAre(HasSubstr("4:19: record: the name \"up{job=\"x\"}\" has braces")));
  EXPECT_THAT(
      problems_of_rule("record: a\nexpr: up\nlabels: {__name__: b, \"\": c}"),
      ElementsAre(HasSubstr("6:18: label: \"__name__\" cannot be set"), "6:31: label: it needs a name"));
  EXPECT_THAT(problems_of_rule("alert: A\nexpr: up\nannotations: {\"\": c}"),
              ElementsAre("6:23: annotation: it needs a name"));
  EXPECT_THAT(problems_of_rule("record: größe mit.punkten\nexpr: up\nlabels: {\"straße nr\": x}"), IsEmpty());
  EXPECT_THAT(problems_of("groups:\n- name: a\n  labels: {__name__: x}\n"),
              ElementsAre(HasSubstr("3:12: label: \"__name__\"")));
}

TEST(RuleFile, PlacesOfExpressionsFollowTheirStyle) {
  EXPECT_THAT(problems_of_rule("record: a\nexpr: |\n  sum(up)\n    + * 2"),
              ElementsAre(HasSubstr("7:15: expr: parse error: ")));
  EXPECT_THAT(problems_of_rule("record: a\nexpr: >-\n  sum(up) +\n  foo(up)"),
              ElementsAre(HasSubstr("7:11: expr: parse error: unknown function with name \"foo\"")));
  EXPECT_THAT(problems_of_rule("record: a\nexpr: sum(up) by"), ElementsAre(HasSubstr("5:25: expr: ")));
}

TEST(RuleFile, TemplatesAreThoseOfAlertsAlone) {
  EXPECT_THAT(
      problems_of_rule(
          "alert: A\nexpr: up\nlabels:\n  a: '{{ if 1 }}'\nannotations:\n  b: |\n    x\n    {{ foo }}"),
      ElementsAre(HasSubstr("label \"a\": template: unexpected EOF"),
                  HasSubstr("11:16: annotation \"b\": template: function \"foo\" not defined")));
  EXPECT_THAT(problems_of_rule("record: a\nexpr: up\nlabels: {a: '{{ x'}"), IsEmpty());
}

TEST(RuleFile, FollowsAliasesAndMerges) {
  const RuleFile file = parse_rule_file(R"(groups:
  - name: a
    rules:
      - &base
        alert: A
        expr: &expr up == 0
        for: 5m
      - <<: *base
        alert: B
        for: 1m
      - {record: c, expr: *expr}
)");
  ASSERT_THAT(lines(file.problems), IsEmpty());
  const std::vector<Rule>& rules = file.groups[0].rules;
  ASSERT_EQ(rules.size(), 3u);
  EXPECT_EQ(rules[1].alert, "B");
  EXPECT_EQ(rules[1].expr, "up == 0");
  EXPECT_EQ(rules[1].for_ms, 60'000);
  EXPECT_EQ(rules[2].expr, "up == 0");
  EXPECT_THAT(problems_of_rule("<<: 5\nrecord: a\nexpr: up"), ElementsAre(HasSubstr("4:13: rule: \"<<\"")));
}

TEST(RuleFile, WarnsOfWhatIsLikelyAMistake) {
  const auto warnings = [](std::string_view text) { return lines(parse_rule_file(text).warnings); };
  EXPECT_THAT(warnings("groups:\n- name: a\n  labels: {x: y}\n  rules:\n  - {record: r, expr: up}\n"
                       "- name: b\n  rules:\n  - {record: r, expr: down, labels: {x: y}}\n"),
              ElementsAre(HasSubstr("8:5: rule: \"r\" with the same labels is already at line 5")));
  EXPECT_THAT(warnings("groups:\n- name: a\n  rules:\n  - {record: r, expr: up}\n"
                       "  - {record: r, expr: up, labels: {x: y}}\n"),
              IsEmpty());
  EXPECT_THAT(
      warnings("groups:\n-\n- name: a\n  rules:\n  -\n  - {record: r, expr: up}\n"),
      ElementsAre(HasSubstr("group: there is nothing in it"), HasSubstr("rule: there is nothing in it")));
  EXPECT_THAT(
      warnings("groups:\n- name: a\n  concurrency: 2\n  rules:\n  - {record: r, expr: up, debug: true}\n"),
      ElementsAre(HasSubstr("3:3: group: \"concurrency\" is passed over: it tells vmalert"),
                  HasSubstr("5:27: rule: \"debug\" is passed over")));
  EXPECT_THAT(warnings("groups: []\n---\ngroups: []\n"), ElementsAre(HasSubstr("a second YAML document")));
}

TEST(RuleFile, IsBounded) {
  const std::string two =
      "groups:\n- name: a\n  rules:\n  - {record: r, expr: up}\n  - {record: s, expr: up}\n";
  EXPECT_THAT(problems_of(two, {.rules_max = 2}), IsEmpty());
  EXPECT_THAT(problems_of(two, {.rules_max = 1}), ElementsAre("5:5: more than 1 rules"));
  EXPECT_THAT(problems_of("groups:\n- name: a\n- name: b\n", {.groups_max = 1}),
              ElementsAre("3:3: more than 1 groups"));
  EXPECT_THAT(problems_of(two, {.bytes_max = 10}),
              ElementsAre(HasSubstr("1:1: the file has 79 bytes, limit 10")));
  EXPECT_THAT(problems_of("groups:\n- {}\n- {}\n- {}\n", {.problems_max = 2}), testing::SizeIs(2));
  EXPECT_THAT(problems_of("groups: " + std::string(20, '[') + std::string(20, ']')),
              ElementsAre(HasSubstr("deeper than 16 levels")));
  EXPECT_THAT(problems_of_rule("record: r\nexpr: " + std::string(20'000, 'a')),
              ElementsAre(HasSubstr("5:15: expr: query: 20000 bytes of text, limit 16384")));
}

TEST(RuleFile, PassesOverUnknownFieldsWhenTold) {
  constexpr std::string_view kText = R"(owner: me
groups:
  - name: g
    owner: {me: 1}
    rules:
      - {record: r, expr: up, owner: [me]}
      - {record: s, expr: sum(, owner: me}
)";
  EXPECT_EQ(problems_of(kText).size(), 5u);
  const RuleFile file = parse_rule_file(kText, {}, UnknownFields::kPassOver);
  EXPECT_EQ(file.rule_count(), 2u);
  EXPECT_THAT(lines(file.problems), ElementsAre(HasSubstr("7:31: expr: parse error")));
}

}  // namespace
}  // namespace weir::rules
