#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/labels.h"
#include "rules/rule_file.h"
#include "rules/template/value.h"

/// What rules would have done in the past. Plain values.
namespace weir::rules::backtest {

/// From when an alert was found until it was no more.
struct AlertInterval {
  TimestampMs pending_ms = 0;
  std::optional<TimestampMs> firing_ms = {};  ///< Absent: it never fired.
  std::optional<TimestampMs> end_ms = {};     ///< Since when it was gone; absent: it was still there.
  templates::SampleValue value = 0.0;         ///< When it began to fire; of one that did not, the latest.
};

/// What a rule found at one label set.
struct AlertInstance {
  Labels labels;
  TextMap annotations;  ///< Of the latest evaluation at which it fired; of one that never did, the latest.
  std::vector<AlertInterval> intervals;  ///< By time.

  size_t firing_count() const;
};

struct RuleFailure {
  TimestampMs at_ms = 0;
  std::string message;
};

struct RuleOutcome {
  Rule rule;  ///< With the labels of its group.
  std::string printed_expr;
  uint64_t evaluations = 0;
  uint64_t failures = 0;
  std::optional<RuleFailure> first_failure = {};
  // Of a recording rule.
  uint64_t samples = 0;
  uint64_t series = 0;
  // Of an alerting rule.
  std::vector<AlertInstance> alerts = {};  ///< By labels.
  uint64_t firing_peak = 0;                ///< Alerts that fired at one time, at most.

  size_t firing_count() const;  ///< Intervals with firing.
  int64_t firing_ms(
      TimestampMs until_ms) const;  ///< The time in which an alert fired, of all alerts together.
};

struct GroupOutcome {
  std::string name;
  int64_t interval_ms = 0;
  int64_t query_offset_ms = 0;
  std::vector<RuleOutcome> rules;

  bool has_failures() const;
};

struct Outcome {
  std::vector<GroupOutcome> groups;
  TimestampMs start_ms = 0;
  TimestampMs end_ms = 0;
  /// Up to here, included, everything is evaluated.
  TimestampMs until_ms = 0;
  /// Why `until_ms` is not the end: the deadline, a limit, or a store that is away.
  std::optional<Error> stopped = {};
  uint64_t evaluations = 0;  ///< Of rules.
  uint64_t samples_read = 0;
  uint64_t samples_made = 0;  ///< Stale markers included.
  uint64_t conflicts = 0;     ///< Samples that were dropped since another rule has made another value there.
  std::chrono::microseconds took{0};
};

}  // namespace weir::rules::backtest
