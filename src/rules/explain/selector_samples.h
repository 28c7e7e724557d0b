#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "query/engine.h"
#include "rules/rule_file.h"
#include "store/store.h"

/// Why alerts are there, or are not.
namespace weir::rules::explain {

/// What is looked at. All outlives the calls. Any thread.
struct Parts {
  store::Store& store;
  const query::Engine& engine;  ///< Of that store.
  const query::QueryContext& context;
};

struct ExplainLimits {
  size_t selectors_max = 20;   ///< Of an expression.
  size_t series_max = 10;      ///< Of a selector, or of what an expression yields.
  size_t samples_max = 10;     ///< Of a series, the newest.
  size_t conditions_max = 10;  ///< Of an expression.
  size_t alerts_max = 10;      ///< Of a rule, with the samples behind them.
};

struct NewestSamples {
  Labels labels;
  SampleColumns samples;  ///< Stale markers included; ascending.
};

/// What a selector of an expression has found.
struct SelectorSamples {
  std::string selector;  ///< As it is printed: `rate`'s `errors_total[5m]`.
  std::vector<NewestSamples> series;
  bool has_more = false;  ///< Whether there are more series than are shown.
  std::string error;      ///< Why there is nothing to show.
};

/// The newest samples of each selector of an expression, in the times that it reads when it is evaluated at
/// `at_ms`. Of its series, those that have no other value of a label in `labels`: the label may be absent.
/// Errors: those of parsing. What the store says is in the selector that it was asked for.
Result<std::vector<SelectorSamples>> selector_samples(const std::string& expr, TimestampMs at_ms,
                                                      const TextMap& labels, const ExplainLimits& limits,
                                                      const Parts& parts);

}  // namespace weir::rules::explain
