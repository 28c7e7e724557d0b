#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/rules_report.h"
#include "os/sim/manual_clock.h"

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

constexpr std::string_view kBroken =
    "groups:\n"
    "  - name: g\n"
    "    rules:\n"
    "      - record: r\n"
    "        expr: sum(up\n";

std::string text_of(std::string_view text) {
  const CheckedFile file{"r.yml", std::string(text), rules::parse_rule_file(text)};
  return rules_text(file, {});
}

TEST(RulesReport, CountsRules) {
  EXPECT_EQ(text_of("groups:\n- name: g\n  rules:\n  - {record: r, expr: up}\n"), "r.yml: 1 rule found\n");
  EXPECT_EQ(text_of(""), "r.yml: 0 rules found\n");
}

TEST(RulesReport, ShowsTheLineAndThePlace) {
  EXPECT_EQ(text_of(kBroken),
            "r.yml:5:21: expr: parse error: unclosed left parenthesis\n"
            "          expr: sum(up\n"
            "                      ^\n");
  EXPECT_EQ(text_of("größe: 1\n"),
            "r.yml:1:1: rule file: unknown field \"größe\"; allowed are groups\n"
            "  größe: 1\n"
            "  ^\n");
  EXPECT_THAT(text_of("groups: [{name: \"é\", x: 1}]\n"), HasSubstr("\n                       ^\n"));
}

TEST(RulesReport, ShowsThePartOfALongLineThatMatters) {
  const std::string text = text_of("groups: [{name: " + std::string(1'000, 'n') + ", x: 1}]\n");
  EXPECT_THAT(text, HasSubstr("\n  " + std::string(78, 'n') + ", x: 1}]\n  " + std::string(80, ' ') + "^\n"));
}

TEST(RulesReport, WarnsAndCountsAllTheSame) {
  const std::string text =
      text_of("groups:\n- name: g\n  rules:\n  - {record: r, expr: up}\n  - {record: r, expr: up}\n");
  EXPECT_THAT(text, testing::StartsWith("r.yml:5:5: warning: rule: \"r\" with the same labels"));
  EXPECT_THAT(text, testing::EndsWith("r.yml: 2 rules found\n"));
}

TEST(RulesCheck, ReadsStandardInputAndFailsOnProblems) {
  std::istringstream in{std::string(kBroken)};
  std::ostringstream out, err;
  os::sim::ManualClock clock;
  Console console{in, out, err, clock, {}};
  EXPECT_EQ(run_rules_check({.files = {"-"}, .json = true}, console), kExitFailed);
  EXPECT_EQ(out.str(),
            R"({"files":[{"file":"standard input","groups":1,"rules":1,"problems":[{"line":5,"column":21,)"
            R"("message":"expr: parse error: unclosed left parenthesis"}],"warnings":[]}]})"
            "\n");
}

TEST(RulesCheck, GoesOnAfterAFileThatCannotBeRead) {
  std::istringstream in;
  std::ostringstream out, err;
  os::sim::ManualClock clock;
  Console console{in, out, err, clock, {}};
  EXPECT_EQ(run_rules_check({.files = {"/nonexistent/r.yml", "-"}, .json = false}, console), kExitFailed);
  EXPECT_THAT(err.str(), HasSubstr("weir rules check: "));
  EXPECT_EQ(out.str(), "standard input: 0 rules found\n");
}

}  // namespace
}  // namespace weir::app::cli
