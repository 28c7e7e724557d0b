#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/explain/explanation.h"
#include "rules/explain/state_changes.h"

namespace weir::gateway {

/// An alerting rule, with why it has alerts or not.
struct ExplainedRule {
  rules::GroupStatus group;  ///< Its other rules play no part.
  rules::RuleStatus rule;
  rules::explain::RuleExplanation explanation;
};

/// All rules of one name.
struct ExplainedAlert {
  std::string name;
  TimestampMs now_ms = 0;
  std::optional<TimestampMs> watermark_ms;  ///< Of the tenant; absent where it is not known.
  std::vector<ExplainedRule> rules;
  TimeRange changes_range;
  rules::explain::StateChanges changes;
  std::string changes_error;  ///< Why there are none; empty: they could be read.
};

/// docs/rules.md has the fields.
std::string rule_explanation_json(const ExplainedAlert& alert);

}  // namespace weir::gateway
