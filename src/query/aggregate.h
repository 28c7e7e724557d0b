#pragma once

#include <vector>

#include "query/evaluation.h"
#include "query/group_index.h"

namespace weir::query {

/// `expr` is the whole of `aggregate`, which notes are about.
Result<Value> evaluate_aggregate(Evaluation& evaluation, const Expr& expr, const Aggregate& aggregate,
                                 const Steps& steps);

/// The series of a vector sorted into the groups of an aggregation.
struct Grouping {
  std::vector<Labels> labels;                ///< Of each group.
  std::vector<std::vector<size_t>> members;  ///< For each group, indexes into the vector, ascending.
};
Grouping group_series(const Vector& vector, const Aggregate& aggregate);

/// `sum`, `avg`, `min`, `max`, `count`, `group`, `stddev`, `stdvar`: what can be told from one value after
/// the other. aggregate_fold.cc.
Result<Vector> aggregate_fold(Evaluation& evaluation, const Aggregate& aggregate, const Steps& steps);

// The operators that need all values of a group at once; aggregate_groups.cc.
Result<Vector> aggregate_quantile(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                                  const Column& param, const Steps& steps);
Result<Vector> aggregate_count_values(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                                      const Steps& steps);
/// `limit_ratio`, aggregate_ratio.cc: a part of the series, the same at every step and in every query.
Result<Vector> aggregate_ratio(Evaluation& evaluation, const Aggregate& aggregate, Vector input,
                               const Column& param, const Steps& steps);
/// `topk`, `bottomk`, `limitk`: the chosen series themselves, at one step in the order of their values.
Result<Vector> aggregate_top(Evaluation& evaluation, const Aggregate& aggregate, Vector input,
                             const Column& param, const Steps& steps);

}  // namespace weir::query
