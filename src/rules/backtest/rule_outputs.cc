#include "rules/backtest/rule_outputs.h"

#include <algorithm>
#include <utility>

namespace weir::rules::backtest {
namespace {

constexpr std::string_view kAlertMetrics[] = {"ALERTS", "ALERTS_FOR_STATE"};

}  // namespace

RuleOutput RuleOutput::recorded(const Rule& rule, const TextMap& group) {
  TextMap labels = rule.labels;
  labels.insert(group.begin(), group.end());
  labels[std::string(kMetricName)] = rule.record;
  return RuleOutput(std::move(labels));
}

RuleOutput RuleOutput::alerts(std::string_view metric, const Rule& rule) {
  return RuleOutput({{std::string(kMetricName), std::string(metric)}, {"alertname", rule.alert}});
}

bool RuleOutput::contains(LabelsView labels) const {
  return std::ranges::all_of(labels_,
                             [&](const auto& label) { return labels.get(label.first) == label.second; });
}

bool RuleOutput::covers(std::span<const Matcher> matchers) const {
  return std::ranges::all_of(labels_, [&](const auto& label) {
    return std::ranges::any_of(matchers, [&](const Matcher& matcher) {
      return matcher.op() == MatchOp::kEqual && matcher.name() == label.first &&
             matcher.value() == label.second;
    });
  });
}

RuleOutputs::RuleOutputs(std::span<const RuleGroup> groups) {
  const auto add = [this](RuleOutput output) {
    std::string metric = output.metric();
    by_metric_.emplace(std::move(metric), std::move(output));
  };
  for (const RuleGroup& group : groups) {
    for (const Rule& rule : group.rules) {
      if (!rule.record.empty()) {
        add(RuleOutput::recorded(rule, group.labels));
        continue;
      }
      for (const std::string_view metric : kAlertMetrics) add(RuleOutput::alerts(metric, rule));
    }
  }
}

bool RuleOutputs::contain(LabelsView labels) const {
  const auto [begin, end] = by_metric_.equal_range(labels.metric());
  return std::any_of(begin, end, [&](const auto& output) { return output.second.contains(labels); });
}

bool RuleOutputs::cover(std::span<const Matcher> matchers) const {
  const auto name = std::ranges::find_if(matchers, [](const Matcher& matcher) {
    return matcher.name() == kMetricName && matcher.op() == MatchOp::kEqual;
  });
  if (name == matchers.end()) return false;
  const auto [begin, end] = by_metric_.equal_range(name->value());
  return std::any_of(begin, end, [&](const auto& output) { return output.second.covers(matchers); });
}

bool RuleOutputs::meet(std::span<const Matcher> matchers) const {
  return std::ranges::any_of(by_metric_, [&](const auto& output) {
    return std::ranges::all_of(matchers, [&](const Matcher& matcher) {
      return matcher.name() != kMetricName || matcher.matches(output.first);
    });
  });
}

}  // namespace weir::rules::backtest
