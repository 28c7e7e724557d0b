#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "os/sim/manual_clock.h"

namespace weir::app::cli {
namespace {

constexpr std::string_view kBroken =
    "groups:\n"
    "  - name: g\n"
    "    rules:\n"
    "      - record: r\n"
    "        expr: sum(up\n";

int check_text(std::string_view text, std::string& out, bool json = false) {
  std::istringstream in{std::string(text)};
  std::ostringstream told, err;
  os::sim::ManualClock clock;
  Console console{in, told, err, clock, {}};
  const int code = run_rules_check({.files = {"-"}, .json = json}, console);
  EXPECT_EQ(err.str(), "");
  out = told.str();
  return code;
}

TEST(RulesCheck, CountsRules) {
  std::string out;
  EXPECT_EQ(check_text("groups:\n- name: g\n  rules:\n  - {record: r, expr: up}\n", out), kExitOk);
  EXPECT_EQ(out, "standard input: 1 rule found\n");
  EXPECT_EQ(check_text("", out), kExitOk);
  EXPECT_EQ(out, "standard input: 0 rules found\n");
}

TEST(RulesCheck, ShowsTheLineAndThePlace) {
  std::string out;
  EXPECT_EQ(check_text(kBroken, out), kExitFailed);
  EXPECT_EQ(out,
            "standard input:5:21: expr: parse error: unclosed left parenthesis\n"
            "          expr: sum(up\n"
            "                      ^\n");
}

TEST(RulesCheck, WarnsAndCountsAllTheSame) {
  std::string out;
  EXPECT_EQ(
      check_text("groups:\n- name: g\n  rules:\n  - {record: r, expr: up}\n  - {record: r, expr: up}\n", out),
      kExitOk);
  EXPECT_THAT(out, testing::StartsWith("standard input:5:5: warning: rule: \"r\" with the same labels"));
  EXPECT_THAT(out, testing::EndsWith("standard input: 2 rules found\n"));
}

TEST(RulesCheck, WritesJson) {
  std::string out;
  EXPECT_EQ(check_text(kBroken, out, true), kExitFailed);
  EXPECT_EQ(out,
            R"({"files":[{"file":"standard input","groups":1,"rules":1,"problems":[{"line":5,"column":21,)"
            R"("message":"expr: parse error: unclosed left parenthesis"}],"warnings":[]}]})"
            "\n");
}

}  // namespace
}  // namespace weir::app::cli
