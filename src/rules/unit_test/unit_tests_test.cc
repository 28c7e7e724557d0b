#include "rules/unit_test/unit_tests.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"
#include "store/memory/memory_store.h"

namespace weir::rules::unit_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kRules = R"(groups:
  - name: g
    rules:
      - record: job:m:sum
        expr: sum by (job) (m)
      - alert: High
        expr: job:m:sum > 5
        for: 2m
        labels: {severity: page}
        annotations: {value: "{{ $value }}"}
)";

class UnitTestsTest : public testing::Test {
 protected:
  UnitTestsTest() {
    EXPECT_TRUE(files_.create_directories("/t").ok());
    put("rules.yml", kRules);
  }

  void put(const std::string& name, std::string_view text) {
    ASSERT_TRUE(os::write_file_atomically(files_, "/t/" + name, text).ok()) << name;
  }
  FileOutcome run(std::string_view text, const std::vector<std::string>& names = {}) {
    put("test.yml", text);
    return run_unit_tests("/t/test.yml", files_, bench_, {TestFilter::create(names).value()});
  }
  // Of the only test, whose fields are given with their indentation of 4.
  std::vector<Failure> failures(std::string_view test) {
    const FileOutcome outcome = run(fmt::format("rule_files: [rules.yml]\ntests:\n  - name: t\n{}", test));
    EXPECT_THAT(outcome.problems, IsEmpty());
    EXPECT_THAT(outcome.tests, SizeIs(1));
    return outcome.tests.empty() ? std::vector<Failure>() : outcome.tests[0].failures;
  }

  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_;
  const TestBench bench_{[] { return std::make_unique<store::MemoryStore>(); },
                         store::MemoryStore::sole_tenant(), clock_};
};

TEST_F(UnitTestsTest, PassesWhatHolds) {
  EXPECT_THAT(failures(R"(
    input_series:
      - {series: 'm{job="a", i="1"}', values: 0+1x10}
      - {series: 'm{job="a", i="2"}', values: 0+1x10}
    alert_rule_test:
      - {eval_time: 4m59s, alertname: High}
      - eval_time: 5m
        alertname: High
        exp_alerts:
          - exp_labels: {job: a, severity: page}
            exp_annotations: {value: "10"}
    promql_expr_test:
      - {expr: 'job:m:sum', eval_time: 3m, exp_samples: [{labels: 'job:m:sum{job="a"}', value: 6}]}
      - {expr: 'count(m)', eval_time: 0, exp_samples: [{value: 2}]}
)"),
              IsEmpty());
}

TEST_F(UnitTestsTest, ShowsWhatAnExpressionYields) {
  const auto failed = failures(R"(
    input_series:
      - {series: 'm{job="a"}', values: 1 2}
      - {series: 'm{job="b"}', values: '{{sum:1 count:1}}'}
    promql_expr_test:
      - expr: m
        eval_time: 1m
        exp_samples:
          - {labels: 'm{job="a"}', value: 1}
)");
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].kind, Failure::Kind::kExpression);
  EXPECT_EQ(failed[0].subject, "m");
  EXPECT_EQ(failed[0].eval_time_ms, 60'000);
  EXPECT_EQ(to_text(failed[0].mark), "9:9");
  EXPECT_EQ(failed[0].message, "");
  EXPECT_THAT(failed[0].expected, ElementsAre(R"(m{job="a"} 1)"));
  EXPECT_THAT(failed[0].got, ElementsAre(R"(m{job="a"} 2)", R"(m{job="b"} {{count:1 sum:1}})"));
}

TEST_F(UnitTestsTest, ShowsWhichAlertsFire) {
  const auto failed = failures(R"(
    input_series:
      - {series: 'm{job="b"}', values: 6x10}
      - {series: 'm{job="a"}', values: 7x10}
    alert_rule_test:
      - eval_time: 2m
        alertname: High
        exp_alerts:
          - exp_labels: {job: a, severity: page}
)");
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].kind, Failure::Kind::kAlert);
  EXPECT_EQ(failed[0].subject, "High");
  EXPECT_THAT(failed[0].expected, ElementsAre(R"({alertname="High", job="a", severity="page"})"));
  EXPECT_THAT(failed[0].got,
              ElementsAre(R"({alertname="High", job="a", severity="page"})", R"(  value: "7")",
                          R"({alertname="High", job="b", severity="page"})", R"(  value: "6")"));
}

TEST_F(UnitTestsTest, SaysWhyAnExpressionHasNoAnswer) {
  const auto failed = failures(R"(
    promql_expr_test:
      - {expr: 'sum(m'}
      - {expr: 'm[5m]'}
      - {expr: '1', eval_time: 1m, exp_samples: [{value: 1}]}
      - {expr: 'vector(NaN)', exp_samples: [{value: .nan}]}
)");
  ASSERT_THAT(failed, SizeIs(3));
  EXPECT_EQ(failed[0].message, "expr: parse error: unclosed left parenthesis");
  EXPECT_EQ(to_text(failed[0].mark), "6:22");
  EXPECT_EQ(failed[1].message, "rule result is not a vector or scalar");
  EXPECT_THAT(failed[2].message, HasSubstr("NaN equals nothing"));
}

TEST_F(UnitTestsTest, ARuleThatFailsEndsTheTest) {
  put("rules.yml", "groups: [{name: g, limit: 1, rules: [{record: r, expr: m}, {record: s, expr: '1'}]}]");
  const auto failed = failures(R"(
    input_series:
      - {series: 'm{job="a"}', values: 1x9}
      - {series: 'm{job="b"}', values: _x3 1x9}
    promql_expr_test:
      - {expr: '1', eval_time: 9m, exp_samples: [{value: 2}]}
)");
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].kind, Failure::Kind::kRule);
  EXPECT_EQ(failed[0].subject, "r");
  EXPECT_EQ(failed[0].eval_time_ms, 180'000);
  EXPECT_EQ(failed[0].message, "exceeded limit of 1 with 2 series");
}

TEST_F(UnitTestsTest, ASeriesHasOneValueAtATime) {
  put("rules.yml", "groups: [{name: g, rules: [{record: r, expr: '1'}, {record: r, expr: '2'}]}]");
  const auto failed = failures("");
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].subject, "r");
  EXPECT_EQ(failed[0].message, "r has another value at this time already");
}

TEST_F(UnitTestsTest, InputMustStayAHistogram) {
  const auto failed = failures(R"(
    input_series:
      - {series: h, values: '{{count:1 buckets:[1]}}-{{count:1 buckets:[1]}}x2'}
    promql_expr_test:
      - {expr: 'vector(1)', eval_time: 5m, exp_samples: [{value: 1}]}
)");
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].kind, Failure::Kind::kProblem);
  EXPECT_EQ(failed[0].eval_time_ms, 120'000);
  EXPECT_THAT(failed[0].message, HasSubstr("input series h: "));
}

TEST_F(UnitTestsTest, ComparesFuzzilyWhenTold) {
  constexpr std::string_view kTest = R"(
tests:
  - input_series: [{series: m, values: 2.9999999999999996}]
    promql_expr_test: [{expr: m, exp_samples: [{labels: m, value: 3}]}]
  - input_series: [{series: m, values: 2.9999999999999991}]
    promql_expr_test: [{expr: m, exp_samples: [{labels: m, value: 3}]}]
)";
  EXPECT_EQ(run(kTest).failed_count(), 2u);
  EXPECT_EQ(run(fmt::format("fuzzy_compare: true\n{}", kTest)).failed_count(), 1u);
}

TEST_F(UnitTestsTest, RunsTheTestsThatAreNamed) {
  constexpr std::string_view kTests = "tests: [{name: disk full}, {name: disk slow}, {}]";
  const auto names = [](const FileOutcome& outcome) {
    std::vector<std::string> out;
    for (const TestOutcome& test : outcome.tests) out.push_back(test.name);
    return out;
  };
  EXPECT_THAT(names(run(kTests)), ElementsAre("disk full", "disk slow", "unnamed#2"));
  EXPECT_THAT(names(run(kTests, {"full$", "^$"})), ElementsAre("disk full", "unnamed#2"));
  EXPECT_THAT(names(run(kTests, {"memory"})), IsEmpty());
  EXPECT_FALSE(TestFilter::create({"("}).ok());
}

TEST_F(UnitTestsTest, ReadsRulesOnlyForTestsThatAreRun) {
  put("rules.yml", "groups: [{name: g, rules: [{record: r, expr: sum(}]}]");
  EXPECT_TRUE(run("rule_files: [rules.yml]").passed());
  const FileOutcome outcome = run("rule_files: [rules.yml, none.yml]\ntests: [{name: a}, {name: b}]");
  EXPECT_EQ(outcome.failed_count(), 2u);
  EXPECT_THAT(outcome.unmatched, ElementsAre("none.yml"));
  ASSERT_THAT(outcome.refused, SizeIs(1));
  EXPECT_EQ(outcome.tests[0].failures.at(0).message, "not run, as its rule files cannot be used");
}

TEST_F(UnitTestsTest, AFileThatIsWrongIsNotRun) {
  EXPECT_THAT(run("tests: [{nam: a}, {}]").tests, IsEmpty());
  EXPECT_FALSE(run("tests: [{nam: a}, {}]").passed());
  const FileOutcome missing = run_unit_tests("/t/none.yml", files_, bench_, {TestFilter::create({}).value()});
  EXPECT_FALSE(missing.passed());
  EXPECT_NE(missing.error, "");
}

}  // namespace
}  // namespace weir::rules::unit_test
