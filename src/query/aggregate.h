#pragma once

#include <vector>

#include "query/evaluation.h"

namespace weir::query {

Result<Value> evaluate_aggregate(Evaluation& evaluation, const Aggregate& aggregate, const Steps& steps);

/// The series of a vector sorted into the groups of an aggregation.
struct Grouping {
  std::vector<Labels> labels;                ///< Of each group.
  std::vector<size_t> group_of;              ///< For each series of the vector, an index into `labels`.
  std::vector<std::vector<size_t>> members;  ///< For each group, indexes into the vector, ascending.
};
Grouping group_series(const Vector& vector, const Aggregate& aggregate);

/// Labels of the group that a series with `labels` belongs to.
Labels group_labels(LabelsView labels, std::span<const std::string> sorted_names, bool without);

/// Fails when a parameter cannot count series: `topk(NaN, x)`.
Status check_count_param(const Column& param);

// The operators that need all values of a group at once; aggregate_groups.cc.
Result<Vector> aggregate_quantile(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                                  const Column& param, const Steps& steps);
Result<Vector> aggregate_count_values(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                                      const Steps& steps);
/// `topk`, `bottomk`, `limitk`: the chosen series themselves, at one step in the order of their values.
Result<Vector> aggregate_top(Evaluation& evaluation, const Aggregate& aggregate, Vector input,
                             const Column& param, const Steps& steps);

}  // namespace weir::query
