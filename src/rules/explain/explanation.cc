#include "rules/explain/explanation.h"

#include <algorithm>
#include <utility>

namespace weir::rules::explain {
namespace {

// Those of an alert that its series may have, too: not what the rule itself adds.
TextMap labels_of_data(const Alert& alert, const Rule& rule) {
  TextMap out;
  for (const Label& label : alert.labels.view()) {
    const std::string name(label.name);
    if (name != "alertname" && !rule.labels.contains(name)) out.emplace(name, label.value);
  }
  return out;
}

std::optional<int64_t> time_left(const Alert& alert, const RuleStatus& rule) {
  if (alert.state != AlertState::kPending) return std::nullopt;
  return std::max<int64_t>(0, alert.active_at_ms + rule.rule.for_ms - rule.health.at_ms);
}

}  // namespace

bool AlertFilter::accepts(LabelsView alert) const {
  return selectors_.empty() || std::ranges::any_of(selectors_, [&](const std::vector<Matcher>& selector) {
           return all_match(selector, alert);
         });
}

bool AlertFilter::may_accept(LabelsView series) const {
  return selectors_.empty() || std::ranges::any_of(selectors_, [&](const std::vector<Matcher>& selector) {
           return std::ranges::all_of(selector, [&](const Matcher& matcher) {
             const std::string_view value = series.get(matcher.name());
             return value.empty() || matcher.matches(value);
           });
         });
}

Result<RuleExplanation> explain_rule(const GroupStatus& group, const RuleStatus& rule,
                                     const AlertFilter& filter, TimestampMs now_ms,
                                     const ExplainLimits& limits, const Parts& parts) {
  RuleExplanation out;
  out.at_ms = (rule.health.evaluated ? rule.health.at_ms : now_ms) - group.query_offset_ms;
  for (const Alert& alert : rule.alerts) {
    if (!filter.accepts(alert.labels)) continue;
    if (++out.alerts_active > limits.alerts_max) continue;
    AlertExplanation& one = out.alerts.emplace_back(AlertExplanation{alert, time_left(alert, rule), {}});
    ASSIGN_OR_RETURN(one.behind, selector_samples(rule.rule.expr, out.at_ms, labels_of_data(alert, rule.rule),
                                                  limits, parts));
  }
  if (out.alerts_active > 0) return out;
  const auto matches = [&](LabelsView labels) { return filter.may_accept(labels); };
  ASSIGN_OR_RETURN(out.conditions, conditions_of(rule.rule.expr, out.at_ms, matches, limits, parts));
  ASSIGN_OR_RETURN(out.selectors, selector_samples(rule.rule.expr, out.at_ms, {}, limits, parts));
  return out;
}

}  // namespace weir::rules::explain
