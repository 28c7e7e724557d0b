#pragma once

#include <string>

#include "query/evaluation.h"

namespace weir::query {

/// Tells of metrics whose rate is asked for and whose names are not those of counters. Lives for one call.
class CounterNames {
 public:
  CounterNames(Evaluation& evaluation, const Call& call);

  /// For each series with a double among its results, in the order of names.
  void check(LabelsView labels);

 private:
  Evaluation& evaluation_;
  const Expr& about_;
  const bool wanted_;
  std::string last_;
};

}  // namespace weir::query
