#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/evaluation/alert.h"
#include "rules/evaluation/environment.h"

namespace weir::rules {

/// Tells an alert whose condition holds no more from one whose samples are missing. It can where the rule's
/// expression is a comparison that filters: `a > 5` is about the series of `a`, which are there when the
/// alert is over. Of other expressions (`absent(a)`, `a unless b`) nobody can tell: a series that is not
/// there may be what they are about. Immutable.
class Presence {
 public:
  /// nullopt where it cannot tell.
  static std::optional<Presence> of(const Rule& rule);

  /// The expression that has a series for each one that the comparison looks at.
  const std::string& expr() const { return expr_; }
  /// The alerts of `alerts` for which `found`, an answer of that expression, has no series.
  std::vector<const Alert*> missing(const std::vector<const Alert*>& alerts,
                                    const std::vector<RuleSample>& found) const;

 private:
  Presence(const Rule& rule, std::string expr);
  /// Without what the rule sets, which may depend on the value.
  Labels compared(LabelsView labels) const;

  std::string expr_;
  std::vector<std::string> set_labels_;  // names of those that the rule sets
};

}  // namespace weir::rules
