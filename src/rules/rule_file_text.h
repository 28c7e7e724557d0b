#pragma once

#include <span>
#include <string>

#include "rules/rule_file.h"

namespace weir::rules {

/// A group as an item of the list `groups` of a rule file, indented by `indent` spaces; parse_rule_file reads
/// the same group out of it. Labels of the group and of a rule stay where they are.
std::string to_yaml(const RuleGroup& group, size_t indent);

/// Whether they are the same but for their places in a text.
bool same_rules(const RuleGroup& a, const RuleGroup& b);

}  // namespace weir::rules
