#include <utility>

#include "app/cli/commands.h"
#include "app/cli/file_check.h"
#include "rules/rule_file.h"

namespace weir::app::cli {
namespace {

void read_rules(CheckedFile& file) {
  rules::RuleFile rules = rules::parse_rule_file(file.text);
  file.counts = {{"groups", rules.groups.size()}, {"rules", rules.rule_count()}};
  file.problems = std::move(rules.problems);
  file.warnings = std::move(rules.warnings);
}

}  // namespace

int run_rules_check(const RulesCheckCommand& command, Console& console) {
  const FileCheck check{
      .command = "rules check", .bytes_max = rules::RuleFileLimits().bytes_max, .read = read_rules};
  return check_files(check, command.files, command.json, console);
}

}  // namespace weir::app::cli
