#include "query/aggregate.h"

#include <algorithm>

#include "query/label_sets.h"
#include "query/notes.h"

namespace weir::query {
namespace {

// Takes out histograms that an aggregation ignores.
void ignore_histograms(Evaluation& evaluation, const Expr& about, const Aggregate& aggregate, Vector& input) {
  Notes notes(evaluation, about, std::string(text(aggregate.op)));
  notes.add_if(drop_histograms(input), Note::kIgnoredInAggregation);
}

// Where nothing is asked for, Prometheus does not look at them.
void ignore_ranked_histograms(Evaluation& evaluation, const Expr& about, const Aggregate& aggregate,
                              const Column& count, Vector& input) {
  const bool looked_at = std::ranges::any_of(input, [&](const Series& series) {
    for (size_t step = 0; step < series.histograms.size(); ++step) {
      if (series.histograms[step] != nullptr && count[step] >= 1) return true;
    }
    return false;
  });
  Notes notes(evaluation, about, std::string(text(aggregate.op)));
  notes.add_if(looked_at, Note::kIgnoredInAggregation);
  drop_histograms(input);
}

Result<Vector> with_param(Evaluation& evaluation, const Expr& expr, const Aggregate& aggregate,
                          const Steps& steps) {
  if (aggregate.op == AggregateOp::kCountValues) {
    ASSIGN_OR_RETURN(const Vector input, evaluation.vector(*aggregate.expr, steps));
    return aggregate_count_values(evaluation, aggregate, input, steps);
  }
  ASSIGN_OR_RETURN(const Column param, evaluation.scalar(*aggregate.param, steps));
  ASSIGN_OR_RETURN(Vector input, evaluation.vector(*aggregate.expr, steps));
  if (aggregate.op == AggregateOp::kQuantile) {
    warn_of_quantiles(evaluation, *aggregate.param, param);
    ignore_histograms(evaluation, *aggregate.expr, aggregate, input);
    return aggregate_quantile(evaluation, aggregate, input, param, steps);
  }
  if (aggregate.op == AggregateOp::kLimitRatio) {
    return aggregate_ratio(evaluation, aggregate, std::move(input), param, steps);
  }
  if (aggregate.op != AggregateOp::kLimitk)
    ignore_ranked_histograms(evaluation, expr, aggregate, param, input);
  return aggregate_top(evaluation, aggregate, std::move(input), param, steps);
}

}  // namespace

Grouping group_series(const Vector& vector, const Aggregate& aggregate) {
  GroupIndex index(GroupKey(aggregate.grouping, aggregate.without));
  Grouping out;
  for (size_t i = 0; i < vector.size(); ++i) {
    const size_t group = index.place(vector[i].labels);
    if (group == out.members.size()) out.members.emplace_back();
    out.members[group].push_back(i);
  }
  out.labels = index.take_labels();
  return out;
}

Result<Value> evaluate_aggregate(Evaluation& evaluation, const Expr& expr, const Aggregate& aggregate,
                                 const Steps& steps) {
  ASSIGN_OR_RETURN(Vector out, takes_param(aggregate.op) ? with_param(evaluation, expr, aggregate, steps)
                                                         : aggregate_fold(evaluation, aggregate, steps));
  return Value(std::move(out));
}

}  // namespace weir::query
