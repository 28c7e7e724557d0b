#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "query/evaluation.h"

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

/// Maps the labels of a series to those of its group: `by` keeps names, `without` drops them and the
/// metric's.
class GroupKey {
 public:
  /// `drops_metric`: the labels given are still those of the metric, and the values not.
  GroupKey(std::vector<std::string> names, bool without, bool drops_metric = false);
  /// Lives until the next call.
  LabelsView operator()(LabelsView labels);

 private:
  std::vector<std::string> names_;
  bool without_;
  std::string bytes_;
};

/// Numbers groups in the order in which they first come.
class GroupIndex {
 public:
  explicit GroupIndex(GroupKey key) : key_(std::move(key)) {}
  /// The group of a series.
  size_t place(LabelsView labels);
  size_t size() const { return labels_.size(); }
  const Labels& labels(size_t group) const { return labels_[group]; }
  /// Of each group; to be called last.
  std::vector<Labels> take_labels() { return std::move(labels_); }

 private:
  GroupKey key_;
  absl::flat_hash_map<Labels, size_t, LabelsHash, LabelsEqual> places_;
  std::vector<Labels> labels_;
};

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
