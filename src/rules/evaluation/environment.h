#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/labels.h"
#include "rules/rule_file.h"
#include "rules/template/value.h"

namespace weir::rules {

/// A value of a series at the time of an evaluation: what an expression yields, and what a rule makes of it.
struct RuleSample {
  Labels labels;
  templates::SampleValue value = 0.0;
};

/// What rules are evaluated in: a server, a test of rules, or a walk over history.
struct Environment {
  /// The instant vector that an expression has at a time, in the order of its answer; a scalar is a sample
  /// without labels. Errors are those of the query, in the words of the engine.
  std::function<Result<std::vector<RuleSample>>(const std::string& expr, TimestampMs at_ms)> query;
  TextMap external_labels;   ///< `$externalLabels`.
  std::string external_url;  ///< Of this server, as users reach it.
  /// How long an alert stays as it is while its samples are missing. 0: it is resolved at once, as with
  /// Prometheus.
  int64_t unknown_kept_ms = 0;
};

}  // namespace weir::rules
