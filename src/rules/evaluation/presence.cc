#include "rules/evaluation/presence.h"

#include <algorithm>
#include <set>

#include "query/label_sets.h"
#include "query/parser.h"
#include "query/printer.h"

namespace weir::rules {
namespace {

/// The side with the series that a comparison with a number looks at.
const query::Expr* compared_side(const query::Binary& filter) {
  const bool left = filter.lhs->type() == query::ValueType::kVector;
  const bool right = filter.rhs->type() == query::ValueType::kVector;
  if (left == right) return nullptr;
  return left ? filter.lhs.get() : filter.rhs.get();
}

}  // namespace

std::optional<Presence> Presence::of(const Rule& rule) {
  const auto expr = query::parse(rule.expr, {});
  if (!expr.ok() || rule.alert.empty()) return std::nullopt;
  const query::Expr* side = nullptr;
  // 1 < a < 5 is two of them.
  for (const query::Binary* filter = query::filter_of(**expr); filter != nullptr;
       filter = query::filter_of(*side)) {
    side = compared_side(*filter);
    if (side == nullptr) return std::nullopt;
  }
  if (side == nullptr) return std::nullopt;
  return Presence(rule, query::print(query::unwrap(*side)));
}

Presence::Presence(const Rule& rule, std::string expr)
    : expr_(std::move(expr)), set_labels_{std::string(kMetricName), "alertname"} {
  for (const auto& [name, text] : rule.labels) set_labels_.push_back(name);
}

Labels Presence::compared(LabelsView labels) const {
  Labels out(labels);
  for (const std::string& name : set_labels_) out = query::set_label(out, name, {});
  return out;
}

std::vector<const Alert*> Presence::missing(const std::vector<const Alert*>& alerts,
                                            const std::vector<RuleSample>& found) const {
  std::set<Labels> present;
  for (const RuleSample& sample : found) present.insert(compared(sample.labels));
  std::vector<const Alert*> missing;
  std::ranges::copy_if(alerts, std::back_inserter(missing),
                       [&](const Alert* alert) { return !present.contains(compared(alert->labels)); });
  return missing;
}

}  // namespace weir::rules
