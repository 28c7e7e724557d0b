#include "rules/unit_test/unit_test_file.h"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::rules::unit_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::vector<std::string> lines(const std::vector<Problem>& problems) {
  std::vector<std::string> out;
  for (const Problem& problem : problems) out.push_back(to_text(problem.mark) + ": " + problem.message);
  return out;
}

std::vector<std::string> problems_of(std::string_view text, const UnitTestLimits& limits = {}) {
  return lines(parse_unit_tests(text, limits).problems);
}

constexpr std::string_view kGood = R"(rule_files:
  - alerts.yml
  - rules/*.yml
evaluation_interval: 30s
group_eval_order: [first, second]
fuzzy_compare: true
tests:
  - name: down
    interval: 1m
    start_timestamp: 2024-01-01T00:00:00Z
    external_labels: {region: eu}
    external_url: http://a
    input_series:
      - series: up{i="a"}
        values: 1x2 0
    alert_rule_test:
      - eval_time: 5m
        alertname: Down
        exp_alerts:
          - exp_labels: {i: a, severity: 1}
            exp_annotations: {summary: a is down}
          - {}
    promql_expr_test:
      - expr: sum(up)
        eval_time: 10m30s
        exp_samples:
          - labels: m{a="b"}
            value: 1_0.5
          - histogram: '{{sum:1}}'
  -
)";

TEST(UnitTestFile, ReadsTests) {
  const UnitTestFile file = parse_unit_tests(kGood);
  ASSERT_THAT(lines(file.problems), IsEmpty());
  EXPECT_THAT(file.rule_files, ElementsAre("alerts.yml", "rules/*.yml"));
  EXPECT_EQ(file.evaluation_interval_ms, 30'000);
  EXPECT_THAT(file.group_eval_order, ElementsAre("first", "second"));
  EXPECT_TRUE(file.fuzzy_compare);
  ASSERT_EQ(file.tests.size(), 2u);
  const UnitTest& test = file.tests[0];
  EXPECT_THAT(lines(test.problems), IsEmpty());
  EXPECT_EQ(test.name, "down");
  EXPECT_EQ(test.interval_ms, 60'000);
  EXPECT_EQ(test.start_ms, 1'704'067'200'000);
  EXPECT_EQ(test.end_ms(), 630'000);
  EXPECT_THAT(test.external_labels, ElementsAre(Pair("region", "eu")));
  EXPECT_EQ(test.external_url, "http://a");
  ASSERT_EQ(test.input.size(), 1u);
  EXPECT_EQ(test.input[0].labels.view().to_string(), R"(up{i="a"})");
  EXPECT_EQ(test.input[0].values.size(), 2u);
  EXPECT_EQ(to_text(test.mark), "8:5");
}

TEST(UnitTestFile, ReadsWhatIsExpected) {
  const UnitTest test = parse_unit_tests(kGood).tests.at(0);
  ASSERT_EQ(test.alert_checks.size(), 1u);
  const AlertCheck& alerts = test.alert_checks[0];
  EXPECT_EQ(alerts.alertname, "Down");
  EXPECT_EQ(alerts.eval_time_ms, 300'000);
  ASSERT_EQ(alerts.expected.size(), 2u);
  EXPECT_THAT(alerts.expected[0].labels,
              ElementsAre(Pair("alertname", "Down"), Pair("i", "a"), Pair("severity", "1")));
  EXPECT_THAT(alerts.expected[0].annotations, ElementsAre(Pair("summary", "a is down")));
  EXPECT_THAT(alerts.expected[1].labels, ElementsAre(Pair("alertname", "Down")));
  ASSERT_EQ(test.expression_checks.size(), 1u);
  const ExpressionCheck& check = test.expression_checks[0];
  EXPECT_EQ(check.expr, "sum(up)");
  EXPECT_EQ(check.eval_time_ms, 630'000);
  ASSERT_EQ(check.expected.size(), 2u);
  EXPECT_THAT(check.expected[0].labels, ElementsAre(Pair("__name__", "m"), Pair("a", "b")));
  EXPECT_EQ(check.expected[0].value, 10.5);
  EXPECT_EQ(check.expected[1].histogram, "{{sum:1}}");
}

TEST(UnitTestFile, HasDefaults) {
  const UnitTestFile file = parse_unit_tests(kGood);
  EXPECT_EQ(file.tests.at(1).interval_ms, 30'000);
  EXPECT_EQ(file.tests.at(1).end_ms(), 0);
  const UnitTestFile empty = parse_unit_tests("");
  EXPECT_EQ(empty.evaluation_interval_ms, 60'000);
  EXPECT_FALSE(empty.fuzzy_compare);
  EXPECT_THAT(empty.tests, IsEmpty());
  EXPECT_EQ(parse_unit_tests("evaluation_interval: 0s").evaluation_interval_ms, 60'000);
}

TEST(UnitTestFile, NumbersAreThoseOfYaml) {
  const auto value = [](std::string_view text) {
    const UnitTestFile file = parse_unit_tests(
        fmt::format("tests: [{{promql_expr_test: [{{expr: '1', exp_samples: [{{value: {}}}]}}]}}]", text));
    return file.problems.empty() ? file.tests.at(0).expression_checks.at(0).expected.at(0).value : -1;
  };
  EXPECT_EQ(value("1e3"), 1000);
  EXPECT_EQ(value("+.5"), 0.5);
  EXPECT_EQ(value("0x10"), 16);
  EXPECT_EQ(value("-0b11"), -3);
  EXPECT_EQ(value("017"), 15);
  EXPECT_EQ(value("09"), 9);
  EXPECT_EQ(value("-.Inf"), -INFINITY);
  EXPECT_TRUE(std::isnan(value(".nan")));
  EXPECT_EQ(value("~"), 0);
  for (const std::string_view text : {"'1'", "\"1\"", "Inf", "NaN", "nan", "x", "1x", "1e999", "--1", "[]"})
    EXPECT_EQ(value(text), -1) << text;
}

TEST(UnitTestFile, ProblemsOfTheFileHavePlaces) {
  EXPECT_THAT(problems_of("test: []\n"),
              ElementsAre("1:1: unit tests: unknown field \"test\"; did you mean \"tests\"?"));
  EXPECT_THAT(problems_of("tests:\n  - input: []\n    name: [a]\n"),
              ElementsAre(HasSubstr("2:5: test: unknown field \"input\""),
                          "3:11: name: expected text, found a list"));
  EXPECT_THAT(problems_of("evaluation_interval: soon\nfuzzy_compare: maybe\n"),
              ElementsAre(HasSubstr("1:22: evaluation_interval: "),
                          "2:16: fuzzy_compare: expected true or false, found \"maybe\""));
  EXPECT_THAT(problems_of("group_eval_order: [a, b, a]\n"),
              ElementsAre("1:26: group_eval_order: \"a\" is there twice"));
  EXPECT_THAT(problems_of("tests: [{start_timestamp: noon}]\n"),
              ElementsAre(HasSubstr("1:27: start_timestamp: ")));
  EXPECT_THAT(problems_of("tests: [\n"), ElementsAre(testing::StartsWith("2:1: ")));
  EXPECT_THAT(problems_of("tests: {}\n"), ElementsAre("1:8: tests: expected a list, found keys"));
}

TEST(UnitTestFile, StartsAtATime) {
  const auto start = [](std::string_view text) {
    const UnitTestFile file = parse_unit_tests(fmt::format("tests: [{{start_timestamp: {}}}]", text));
    return file.problems.empty() ? file.tests.at(0).start_ms : -1;
  };
  EXPECT_EQ(start("1609459200"), 1'609'459'200'000);
  EXPECT_EQ(start("1.5019"), 1'501);
  EXPECT_EQ(start("'1e3'"), 1'000'000);
  EXPECT_EQ(start("2024-02-29T12:00:00+01:00"), 1'709'204'400'000);
  EXPECT_EQ(start("~"), 0);
  for (const std::string_view text : {"''", "-1", "noon", "1e13", "Inf", "NaN", "[]"})
    EXPECT_EQ(start(text), -1) << text;
}

TEST(UnitTestFile, ProblemsOfATestAreItsOwn) {
  const UnitTestFile file = parse_unit_tests(R"(tests:
  - input_series:
      - {series: 'm{a="1"', values: 1}
      - series: m
        values: '1 2y'
      - values: 1
      - {series: 'm{a="1", a="1"}'}
      - {series: ' m {a="1"}'}
    alert_rule_test: [{eval_time: 5m}]
  - {}
)");
  EXPECT_THAT(lines(file.problems), IsEmpty());
  EXPECT_THAT(
      lines(file.tests.at(0).problems),
      ElementsAre(HasSubstr("3:26: series: parse error"),
                  "5:21: values: expected a blank behind a value, found 'y'",
                  "6:9: series: it needs a name or a label", "7:18: series: the label \"a\" is there twice",
                  HasSubstr("8:18: series: a blank stands behind the name"),
                  "9:23: alert_rule_test: it needs \"alertname\""));
  EXPECT_THAT(lines(file.tests.at(1).problems), IsEmpty());
}

TEST(UnitTestFile, ProblemsOfACheckAreItsOwn) {
  const UnitTestFile file = parse_unit_tests(R"(tests:
  - promql_expr_test:
      - expr: sum(m
        exp_samples:
          - labels: m{
          - histogram: '{{sum:1}} 1'
      - expr: sum(m)
)");
  EXPECT_THAT(lines(file.problems), IsEmpty());
  const UnitTest& test = file.tests.at(0);
  EXPECT_THAT(lines(test.problems), IsEmpty());
  EXPECT_THAT(lines(test.expression_checks.at(0).problems),
              ElementsAre("3:20: expr: parse error: unclosed left parenthesis",
                          HasSubstr("5:23: labels: parse error"),
                          "6:35: histogram: expected one histogram and nothing else, found '1'"));
  EXPECT_THAT(lines(test.expression_checks.at(1).problems), IsEmpty());
}

TEST(UnitTestFile, TheLastOfASeriesCounts) {
  const UnitTestFile file = parse_unit_tests(R"(tests:
  - input_series:
      - {series: 'm{a="1", b="2"}', values: 1}
      - {series: 'm{b="2", a="1"}', values: 1 2}
)");
  ASSERT_EQ(file.tests.at(0).input.size(), 1u);
  EXPECT_EQ(file.tests[0].input[0].values.size(), 2u);
  EXPECT_THAT(lines(file.warnings),
              ElementsAre(R"(4:18: series: m{a="1",b="2"} is there twice; the last one counts)"));
}

TEST(UnitTestFile, HasLimits) {
  EXPECT_THAT(problems_of("tests: []", {.bytes_max = 8}), ElementsAre("1:1: the file has 9 bytes, limit 8"));
  EXPECT_THAT(problems_of("tests: []", {.bytes_max = 9}), IsEmpty());
  const auto test_problems = [](std::string_view text, const UnitTestLimits& limits) {
    return lines(parse_unit_tests(text, limits).tests.at(0).problems);
  };
  constexpr std::string_view kSeries =
      "tests: [{input_series: [{series: a, values: 1x2}, {series: b, values: 1x2}]}]";
  EXPECT_THAT(test_problems(kSeries, {.values_max = 6}), IsEmpty());
  EXPECT_THAT(test_problems(kSeries, {.values_max = 5}), ElementsAre("1:71: values: more than 2 values"));
  constexpr std::string_view kLate = "tests: [{promql_expr_test: [{expr: '1', eval_time: 9m}]}]";
  EXPECT_THAT(test_problems(kLate, {.evaluations_max = 10}), IsEmpty());
  EXPECT_THAT(test_problems(kLate, {.evaluations_max = 9}),
              ElementsAre("1:9: test: its last eval_time makes 10 evaluations, limit 9"));
  EXPECT_THAT(problems_of("tests: [{a: 1}, {a: 1}, {a: 1}]", {.problems_max = 2}), testing::SizeIs(2));
}

}  // namespace
}  // namespace weir::rules::unit_test
