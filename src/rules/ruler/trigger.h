#pragma once

#include <optional>
#include <vector>

#include "model/labels.h"
#include "model/matcher.h"
#include "query/ast.h"
#include "rules/rule_file.h"

namespace weir::rules {

/// An alerting rule whose outcome for a series its newest sample decides alone: a selector compared with a
/// number, `temperature{room="attic"} > 80`. Immutable.
class Trigger {
 public:
  /// nullopt for other rules.
  static std::optional<Trigger> of(const Rule& rule);

  /// What selects its series.
  const std::vector<Matcher>& matchers() const { return matchers_; }
  /// Whether the alert of a series with this value is there.
  bool holds(double value) const;

 private:
  Trigger(std::vector<Matcher> matchers, query::BinaryOp op, double bound)
      : matchers_(std::move(matchers)), op_(op), bound_(bound) {}

  std::vector<Matcher> matchers_;
  query::BinaryOp op_;  // the value is on the left
  double bound_;
};

}  // namespace weir::rules
