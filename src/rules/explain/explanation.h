#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/explain/conditions.h"
#include "rules/explain/selector_samples.h"
#include "rules/ruler/ruler.h"

namespace weir::rules::explain {

/// Which alerts are asked for.
class AlertFilter {
 public:
  /// An alert that all matchers of one selector accept; without selectors every alert is.
  explicit AlertFilter(std::vector<std::vector<Matcher>> selectors) : selectors_(std::move(selectors)) {}

  bool accepts(LabelsView alert) const;
  /// The same of a series that need not have all labels of an alert: those that are absent do not matter.
  bool may_accept(LabelsView series) const;

 private:
  std::vector<std::vector<Matcher>> selectors_;
};

struct AlertExplanation {
  Alert alert;
  std::optional<int64_t> left_ms;       ///< Of one that is pending: until it fires, from its evaluation on.
  std::vector<SelectorSamples> behind;  ///< The samples that it is made of.
};

struct RuleExplanation {
  TimestampMs at_ms =
      0;  ///< The time of the data that the rule was evaluated for last, and is looked at for.
  std::vector<AlertExplanation> alerts;
  size_t alerts_active = 0;  ///< That are asked for; more than `alerts` where there are many.
  // Of a rule without an alert that is asked for.
  std::vector<Condition> conditions;
  std::vector<SelectorSamples> selectors;
};

/// Looks for what an alerting rule of a group made of the data, at its last evaluation; at `now_ms` where it
/// has not been evaluated yet. Errors: those of parsing; what the store and the queries say is in the parts.
Result<RuleExplanation> explain_rule(const GroupStatus& group, const RuleStatus& rule,
                                     const AlertFilter& filter, TimestampMs now_ms,
                                     const ExplainLimits& limits, const Parts& parts);

}  // namespace weir::rules::explain
