#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/labels.h"
#include "model/matcher.h"
#include "rules/rule_file.h"

namespace weir::rules::backtest {

/// The series that a rule may make, by the labels that all of them have: the name and the labels that a
/// recording rule gives, or the metric of alerts and `alertname`.
class RuleOutput {
 public:
  /// `group`: its labels, of which those of the rule win.
  static RuleOutput recorded(const Rule& rule, const TextMap& group);
  /// `metric`: `ALERTS` or `ALERTS_FOR_STATE`.
  static RuleOutput alerts(std::string_view metric, const Rule& rule);

  /// Whether a series with these labels may be one of them.
  bool contains(LabelsView labels) const;
  /// Whether these matchers accept nothing else.
  bool covers(std::span<const Matcher> matchers) const;
  const std::string& metric() const { return labels_.at(std::string(kMetricName)); }

 private:
  explicit RuleOutput(TextMap labels) : labels_(std::move(labels)) {}

  TextMap labels_;  // an empty value: the label is absent
};

/// The series that the rules of some groups may make. Immutable.
class RuleOutputs {
 public:
  explicit RuleOutputs(std::span<const RuleGroup> groups);

  bool contain(LabelsView labels) const;
  /// Whether one rule's output has all that the matchers accept.
  bool cover(std::span<const Matcher> matchers) const;
  /// Whether the matchers accept some metric name of theirs.
  bool meet(std::span<const Matcher> matchers) const;

 private:
  std::multimap<std::string, RuleOutput, std::less<>> by_metric_;
};

}  // namespace weir::rules::backtest
