#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "rules/evaluation/alert.h"
#include "rules/evaluation/environment.h"
#include "rules/evaluation/presence.h"
#include "rules/rule_file.h"
#include "rules/template/template.h"

namespace weir::rules {

/// The time of one evaluation.
struct EvaluationTime {
  TimestampMs at_ms = 0;
  int64_t query_offset_ms = 0;  ///< So far before `at_ms` lie what is read, and the samples that are made.

  TimestampMs data_ms() const { return at_ms - query_offset_ms; }
};

/// One rule with what it remembers from one evaluation to the next. What it does at a time is what Prometheus
/// does (rules/alerting.go and rules/recording.go there). Owned by one thread.
class RuleState {
 public:
  /// How long a resolved alert is remembered.
  static constexpr int64_t kResolvedKeptMs = 15 * 60 * 1000;

  /// `rule` is one that parse_rule_file found no problem in, its group's labels in it. `limit`: of the series
  /// or alerts that it may make; 0 or less: any number.
  RuleState(Rule rule, int64_t limit);

  const Rule& rule() const { return rule_; }
  /// The rule's expression as Prometheus prints it.
  const std::string& printed_expr() const { return printed_expr_; }
  /// By label set; resolved ones of the last while too. Empty for a recording rule.
  const std::map<Labels, Alert>& alerts() const { return alerts_; }
  /// The latest time that it is known to have been evaluated for; of restored alerts, when one of them
  /// changed.
  TimestampMs evaluated_ms() const { return evaluated_ms_; }
  /// Of the alerts, the one that matters most.
  AlertState state() const;
  /// `weir::rules::found_digest` of what its expression gave last; 0 before the first evaluation.
  uint64_t found_digest() const { return found_digest_; }

  /// The samples that the rule makes at a time: its series; or `ALERTS` and `ALERTS_FOR_STATE` of each alert
  /// that is pending or fires. Times must not go backwards. A template that fails is no error: its text says
  /// so, as in Prometheus. Errors: those of the query; kFailedPrecondition where two series of the result
  /// have the same labels; kResourceExhausted beyond the limit, after which all alerts are forgotten.
  Result<std::vector<RuleSample>> evaluate(const Environment& environment, EvaluationTime time);

  /// `ALERTS` and `ALERTS_FOR_STATE` of the alerts as they are.
  std::vector<RuleSample> alert_samples() const;

  /// Takes the place of all alerts: those that another process had.
  void restore(std::vector<Alert> alerts);

 private:
  struct NamedTemplate {
    std::string name;
    templates::Template text;
  };

  static std::vector<NamedTemplate> templates_of(const std::string& rule, const TextMap& texts);
  Result<std::vector<RuleSample>> record(std::vector<RuleSample> found) const;
  Result<std::vector<RuleSample>> alert(const std::vector<RuleSample>& found, const Environment& environment,
                                        EvaluationTime time);
  Result<std::map<Labels, Alert>> alerts_of(const std::vector<RuleSample>& found,
                                            const Environment& environment, TimestampMs at_ms) const;
  Status note_unknown(const std::map<Labels, Alert>& found, const Environment& environment,
                      EvaluationTime time);
  void advance(Alert& alert, bool found, TimestampMs at_ms) const;

  Rule rule_;
  int64_t limit_;
  std::string printed_expr_;
  TimestampMs evaluated_ms_ = 0;
  uint64_t found_digest_ = 0;
  std::vector<NamedTemplate> labels_;  // of an alerting rule
  std::vector<NamedTemplate> annotations_;
  std::optional<Presence> presence_;
  std::map<Labels, Alert> alerts_;
};

/// Equal for the same series, whatever their order and values.
uint64_t found_digest(std::span<const RuleSample> found);

}  // namespace weir::rules
