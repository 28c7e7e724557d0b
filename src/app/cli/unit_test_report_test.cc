#include "app/cli/unit_test_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using rules::unit_test::Failure;
using rules::unit_test::FileOutcome;
using testing::HasSubstr;

FileOutcome outcome() {
  FileOutcome file;
  file.path = "t.yml";
  file.text = "tests:\n  - name: x\n  - name: y\n";
  file.tests = {{"x", {2, 5}, {}}, {"y", {3, 5}, {}}};
  return file;
}

FileOutcome failed() {
  FileOutcome file = outcome();
  file.tests[1].failures = {
      {.kind = Failure::Kind::kExpression,
       .subject = "sum(m)",
       .eval_time_ms = 90'000,
       .mark = {3, 11},
       .expected = {"m 1", "n 2"},
       .got = {"m 1", "n 3"}},
      {.kind = Failure::Kind::kRule, .subject = "r", .mark = {3, 5}, .message = "no <data>"}};
  return file;
}

TEST(UnitTestReport, CountsWhatPassed) {
  FileOutcome file = outcome();
  EXPECT_EQ(unit_test_text(file, {}), "t.yml: 2 tests passed\n");
  file.tests.pop_back();
  EXPECT_EQ(unit_test_text(file, {}), "t.yml: 1 test passed\n");
}

TEST(UnitTestReport, ShowsDifferences) {
  EXPECT_EQ(unit_test_text(failed(), {}),
            "t.yml:3:11: test \"y\": expr \"sum(m)\" at 1m30s: not as expected (- expected, + found)\n"
            "    m 1\n"
            "  - n 2\n"
            "  + n 3\n"
            "t.yml:3:5: test \"y\": rule \"r\" at 0s: no <data>\n"
            "    - name: y\n"
            "      ^\n"
            "t.yml: 1 of 2 tests failed\n");
}

TEST(UnitTestReport, ShowsProblemsOfFiles) {
  FileOutcome file = outcome();
  file.tests.clear();
  file.problems = {{{2, 5}, "what"}};
  EXPECT_EQ(unit_test_text(file, {}), "t.yml:2:5: what\n    - name: x\n      ^\nt.yml: no test was run\n");
  file = outcome();
  file.unmatched = {"none*.yml"};
  file.refused = {{"r.yml", "groups: 1\n", {{{1, 9}, "why"}}}};
  EXPECT_THAT(unit_test_text(file, {}),
              testing::StartsWith("t.yml: warning: rule_files: no file matches \"none*.yml\"\n"
                                  "r.yml:1:9: why\n  groups: 1\n          ^\n"));
  FileOutcome missing;
  missing.path = "none.yml";
  missing.error = "no such file";
  EXPECT_EQ(unit_test_text(missing, {}), "none.yml: no such file\n");
}

TEST(UnitTestReport, SaysTheSameAsJson) {
  EXPECT_EQ(
      unit_test_json({failed()}),
      R"j({"files":[{"file":"t.yml","passed":false,"error":"","problems":[],"warnings":[],"unmatched":[],)j"
      R"j("rule_files":[],"tests":[{"name":"x","passed":true,"failures":[]},{"name":"y","passed":false,"failures":[)j"
      R"j({"line":3,"column":11,"kind":"expr","subject":"sum(m)","eval_time":"1m30s","message":"",)j"
      R"j("expected":["m 1","n 2"],"got":["m 1","n 3"]},)j"
      R"j({"line":3,"column":5,"kind":"rule","subject":"r","eval_time":"0s","message":"no <data>",)j"
      R"j("expected":[],"got":[]}]}]}]})j");
}

TEST(UnitTestReport, SaysTheSameAsJunit) {
  FileOutcome file = failed();
  file.tests[0].name = "a\"\x01&\xff";
  const std::string xml = unit_test_junit({file}, 1'704'067'200'000);
  EXPECT_THAT(xml, testing::StartsWith(
                       "<testsuites><testsuite name=\"t.yml\" tests=\"2\" failures=\"2\" errors=\"0\" "
                       "skipped=\"0\" timestamp=\"2024-01-01T00:00:00.000Z\">"
                       "<testcase name=\"a&#34;\uFFFD&amp;\uFFFD\"></testcase>"
                       "<testcase name=\"y\"><failure>t.yml:3:11: test &#34;y&#34;: expr"));
  EXPECT_THAT(xml, HasSubstr("no &lt;data&gt;&#10;"));
  EXPECT_THAT(xml, testing::EndsWith("</failure></testcase></testsuite></testsuites>\n"));
  file.problems = {{{2, 5}, "what"}};
  file.tests.clear();
  EXPECT_THAT(unit_test_junit({file}, 0),
              HasSubstr("errors=\"1\" skipped=\"0\" timestamp=\"1970-01-01T00:00:00.000Z\"><testcase "
                        "name=\"unknown\"><error>t.yml:2:5: what&#10;</error></testcase></testsuite>"));
}

}  // namespace
}  // namespace weir::app::cli
