#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "rules/evaluation/environment.h"
#include "rules/explain/selector_samples.h"

namespace weir::rules::explain {

/// A part of an expression that decides whether it yields anything, and what it is decided by.
struct Condition {
  std::string condition;  ///< `errors / requests > 0.1`
  /// What its values are of, without the comparison: `errors / requests`. Of two vectors that are compared,
  /// their difference, which is compared with 0.
  std::string expr;
  std::string op = {};                  ///< `>`, as it stands behind `expr`; empty: there is no comparison.
  std::optional<double> bound = {};     ///< What they are compared with, if that has a value.
  size_t count = 0;                     ///< Of all values.
  std::vector<RuleSample> values = {};  ///< Those nearest to the bound, the nearest first.
  std::string error = {};               ///< Why there are no values.
};

/// Looks at an expression without its comparisons, at a time: each operand of `and`, `or` and `unless` by
/// itself. A comparison with `bool`, and one inside of a function or aggregation, stays where it is.
/// `matches`: whether a value with these labels is wanted. Errors: those of parsing.
Result<std::vector<Condition>> conditions_of(const std::string& expr, TimestampMs at_ms,
                                             const std::function<bool(LabelsView)>& matches,
                                             const ExplainLimits& limits, const Parts& parts);

}  // namespace weir::rules::explain
