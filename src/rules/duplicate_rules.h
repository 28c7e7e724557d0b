#pragma once

#include <vector>

#include "rules/rule_file.h"

namespace weir::rules {

/// Rules that have the name and the labels, those of their groups included, of one before: their series or
/// alerts would be the same. Prometheus allows it.
std::vector<Problem> duplicate_rules(const std::vector<RuleGroup>& groups);

}  // namespace weir::rules
