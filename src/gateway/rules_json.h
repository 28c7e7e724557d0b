#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rules/ruler/ruler.h"

namespace weir::gateway {

/// What of the rules is asked for.
struct RuleFilter {
  std::function<bool(const rules::GroupStatus& group)> group;
  std::function<bool(const rules::RuleStatus& rule)> rule;
  bool with_alerts = true;
};

/// Prometheus' {"groups":[...]}; groups without a rule that is asked for are left out. With `next_token`, if
/// it is not empty, for the page after it.
std::string rules_json(const std::vector<rules::GroupStatus>& groups, const RuleFilter& filter,
                       const std::string& next_token = {});

/// Prometheus' {"alerts":[...]}: those that are pending or fire.
std::string alerts_json(const std::vector<rules::GroupStatus>& groups);

}  // namespace weir::gateway
