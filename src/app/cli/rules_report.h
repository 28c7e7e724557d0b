#pragma once

#include <string>
#include <vector>

#include "app/cli/console.h"
#include "rules/rule_file.h"

namespace weir::app::cli {

/// A rule file and what was found in it.
struct CheckedFile {
  std::string name;
  std::string text;
  rules::RuleFile rules;
};

/// "rules.yml: 3 rules found", or each problem as `file:line:column: message` with the line and a mark below
/// the place.
std::string rules_text(const CheckedFile& file, const Terminal& terminal);

/// `{"files":[{"file":...,"groups":...,"rules":...,"problems":[{"line":...,"column":...,"message":...}],
/// "warnings":[...]}]}`
std::string rules_json(const std::vector<CheckedFile>& files);

}  // namespace weir::app::cli
