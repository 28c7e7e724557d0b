#include "rules/backtest/group_replay.h"

#include <utility>

namespace weir::rules::backtest {

int64_t interval_of(const RuleGroup& group, const Options& options) {
  if (options.step_ms > 0) return options.step_ms;
  return group.interval_ms > 0 ? group.interval_ms : options.interval_ms;
}

GroupReplay::GroupReplay(const RuleGroup& group, const Options& options)
    : group_(group),
      interval_ms_(interval_of(group, options)),
      query_offset_ms_(group.query_offset_ms.value_or(options.query_offset_ms)),
      next_ms_(options.start_ms),
      state_(group),
      histories_(group.rules.size()) {
  for (const RuleState& state : state_.rules())
    rules_.push_back({.rule = state.rule(), .printed_expr = state.printed_expr()});
}

Status GroupReplay::evaluate(const Environment& environment, const os::Clock& clock, MadeSeries& made) {
  RETURN_IF_ERROR(state_.evaluate(environment, {next_ms_, query_offset_ms_}, clock,
                                  [&](const Batch& samples) { return made.write(samples); }));
  evaluated_ms_ = next_ms_;
  next_ms_ += interval_ms_;
  return {};
}

size_t GroupReplay::observe() {
  size_t grown = 0;
  for (size_t i = 0; i < rules_.size(); ++i) {
    const RuleHealth& health = state_.health()[i];
    RuleOutcome& rule = rules_[i];
    ++rule.evaluations;
    if (!health.error.empty()) {
      ++rule.failures;
      if (!rule.first_failure) rule.first_failure = RuleFailure{health.at_ms, health.error};
    }
    if (rule.rule.alert.empty()) {
      rule.samples += health.samples;
    } else {
      grown += histories_[i].observe(state_.rules()[i].alerts(), evaluated_ms_);
    }
  }
  return grown;
}

GroupOutcome GroupReplay::finish(const MadeSeries& made) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    RuleOutcome& rule = rules_[i];
    if (rule.rule.alert.empty()) {
      rule.series = made.count(RuleOutput::recorded(rule.rule, group_.labels));
    } else {
      rule.firing_peak = histories_[i].firing_peak();
      rule.alerts = histories_[i].take();
    }
  }
  return {group_.name, interval_ms_, query_offset_ms_, std::move(rules_)};
}

}  // namespace weir::rules::backtest
