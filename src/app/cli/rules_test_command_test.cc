#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "os/files.h"
#include "os/sim/manual_clock.h"
#include "os/sim/temp_directory.h"

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

class RulesTestCommandTest : public testing::Test {
 protected:
  RulesTestCommandTest() {
    put("rules.yml", "groups: [{name: g, rules: [{record: twice, expr: m * 2}]}]\n");
    put("good.yml",
        "rule_files: [rules.yml]\n"
        "tests:\n"
        "  - name: good\n"
        "    input_series: [{series: m, values: 1 2}]\n"
        "    promql_expr_test: [{expr: twice, eval_time: 1m, exp_samples: [{labels: twice, value: 4}]}]\n");
    put("bad.yml",
        "tests:\n"
        "  - name: bad\n"
        "    promql_expr_test: [{expr: '1', exp_samples: [{value: 2}]}]\n");
  }
  std::string path(const std::string& name) const { return os::join_path(directory_.path(), name); }
  void put(const std::string& name, std::string_view text) {
    ASSERT_TRUE(os::write_file_atomically(os::posix_files(), path(name), text).ok());
  }
  int run(const RulesTestCommand& command) {
    out_.str("");
    err_.str("");
    Console console{in_, out_, err_, clock_, {}};
    return run_rules_test(command, console);
  }

  os::sim::TempDirectory directory_;
  os::sim::ManualClock clock_;
  std::istringstream in_;
  std::ostringstream out_, err_;
};

TEST_F(RulesTestCommandTest, PassesAndFails) {
  EXPECT_EQ(run({.files = {path("good.yml")}}), kExitOk);
  EXPECT_EQ(out_.str(), path("good.yml") + ": 1 test passed\n");
  EXPECT_EQ(run({.files = {path("bad.yml"), path("good.yml")}}), kExitFailed);
  EXPECT_THAT(out_.str(), HasSubstr("  - {} 2\n  + {} 1\n"));
  EXPECT_THAT(out_.str(), testing::EndsWith(path("good.yml") + ": 1 test passed\n"));
  EXPECT_EQ(run({.files = {path("none.yml")}}), kExitFailed);
}

TEST_F(RulesTestCommandTest, RunsWhatIsNamed) {
  EXPECT_EQ(run({.files = {path("bad.yml")}, .run = {"good"}}), kExitOk);
  EXPECT_EQ(out_.str(), path("bad.yml") + ": 0 tests passed\n");
  EXPECT_EQ(run({.files = {path("bad.yml")}, .run = {"("}}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("weir rules test: --run: \"(\": missing )"));
}

TEST_F(RulesTestCommandTest, WritesJsonAndJunit) {
  EXPECT_EQ(run({.files = {path("bad.yml")}, .junit_path = path("junit.xml"), .json = true}), kExitFailed);
  EXPECT_THAT(out_.str(), HasSubstr(R"("expected":["{} 2"],"got":["{} 1"])"));
  const auto junit = os::read_file(os::posix_files(), path("junit.xml"), 1'000'000);
  ASSERT_TRUE(junit.ok());
  EXPECT_THAT(*junit, HasSubstr("<testcase name=\"bad\"><failure>"));
  EXPECT_EQ(run({.files = {path("good.yml")}, .junit_path = path("none/junit.xml")}), kExitFailed);
}

}  // namespace
}  // namespace weir::app::cli
