#include "query/aggregate.h"

#include <cmath>

#include <fmt/format.h>

#include "absl/container/flat_hash_map.h"
#include "query/aggregate_histograms.h"
#include "query/kahan.h"
#include "query/label_sets.h"
#include "query/literals.h"
#include "query/notes.h"

namespace weir::query {
namespace {

// One accumulator for each operator: what a group at a step has seen so far. `count` is 0 before the first
// value.

struct DoublesCell {
  static constexpr bool kAddsHistograms = false;
};

struct HistogramsCell {
  static constexpr bool kAddsHistograms = true;
};

struct SumCell : HistogramsCell {
  size_t count = 0;
  KahanSum sum;
  void add(double value) {
    if (count++ == 0) {
      sum = KahanSum(value);
    } else {
      sum.add(value);
    }
  }
  double result() const { return sum.value(); }
};

struct AvgCell : HistogramsCell {
  size_t count = 0;
  KahanMean mean;
  void add(double value) {
    ++count;
    mean.add(value);
  }
  double result() const { return mean.value(); }
};

// NaN yields to any other value.
struct MinCell : DoublesCell {
  size_t count = 0;
  double least = 0;
  void add(double value) {
    if (count++ == 0 || least > value || std::isnan(least)) least = value;
  }
  double result() const { return least; }
};

struct MaxCell : DoublesCell {
  size_t count = 0;
  double greatest = 0;
  void add(double value) {
    if (count++ == 0 || greatest < value || std::isnan(greatest)) greatest = value;
  }
  double result() const { return greatest; }
};

struct CountCell : DoublesCell {
  size_t count = 0;
  void add(double) { ++count; }
  double result() const { return static_cast<double>(count); }
};

struct GroupCell : DoublesCell {
  size_t count = 0;
  void add(double) { ++count; }
  double result() const { return 1; }
};

// Welford's method. A first value that is not finite leaves nothing to vary around.
struct StdvarCell : DoublesCell {
  size_t count = 0;
  double mean = 0;
  double squares = 0;
  void add(double value) {
    if (count++ == 0) {
      mean = value;
      squares = std::isfinite(value) ? 0 : std::nan("");
      return;
    }
    const double distance = value - mean;
    mean += distance / static_cast<double>(count);
    squares += distance * (value - mean);
  }
  double result() const { return squares / static_cast<double>(count); }
};

struct StddevCell : StdvarCell {
  double result() const { return std::sqrt(StdvarCell::result()); }
};

// Adds what there is of a series to the cell of its step; histograms too, unless something else adds them.
template <typename Cell>
void add_values(const Series& series, bool skips_histograms, std::span<Cell> cells) {
  if (skips_histograms && series.has_histograms()) {
    for (size_t step = 0; step < cells.size(); ++step) {
      if (!is_absent(series.values[step]) && series.histograms[step] == nullptr)
        cells[step].add(series.values[step]);
    }
    return;
  }
  for (size_t step = 0; step < cells.size(); ++step) {
    if (!is_absent(series.values[step])) cells[step].add(series.values[step]);
  }
}

template <typename Cell>
Result<Vector> fold(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                    const Steps& steps) {
  const Grouping groups = group_series(input, aggregate);
  RETURN_IF_ERROR(evaluation.budget().hold(groups.labels.size(), steps.count));
  Vector out;
  std::vector<Cell> cells;
  for (size_t group = 0; group < groups.labels.size(); ++group) {
    cells.assign(steps.count, Cell());
    for (const size_t member : groups.members[group]) {
      RETURN_IF_ERROR(evaluation.budget().work(steps.count));
      add_values(input[member], Cell::kAddsHistograms, std::span(cells));
    }
    Series result{groups.labels[group], Column(steps.count, absent())};
    for (size_t step = 0; step < steps.count; ++step) {
      if (cells[step].count > 0) result.values[step] = cells[step].result();
    }
    if (Cell::kAddsHistograms)
      RETURN_IF_ERROR(aggregate_histograms(evaluation, aggregate, input, groups.members[group], result));
    out.push_back(std::move(result));
  }
  drop_empty(out);
  return out;
}

// Takes out histograms that an aggregation ignores.
void ignore_histograms(Evaluation& evaluation, const Expr& about, const Aggregate& aggregate, Vector& input) {
  Notes notes(evaluation, about, std::string(text(aggregate.op)));
  notes.add_if(drop_histograms(input), Note::kIgnoredInAggregation);
}

bool ignores_histograms(AggregateOp op) {
  switch (op) {
    case AggregateOp::kMin:
    case AggregateOp::kMax:
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
      return true;
    default:
      return false;
  }
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
  if (aggregate.op != AggregateOp::kLimitk) ignore_histograms(evaluation, expr, aggregate, input);
  return aggregate_top(evaluation, aggregate, std::move(input), param, steps);
}

Result<Vector> without_param(Evaluation& evaluation, const Aggregate& aggregate, const Steps& steps) {
  ASSIGN_OR_RETURN(Vector input, evaluation.vector(*aggregate.expr, steps));
  if (ignores_histograms(aggregate.op)) ignore_histograms(evaluation, *aggregate.expr, aggregate, input);
  switch (aggregate.op) {
    case AggregateOp::kSum:
      return fold<SumCell>(evaluation, aggregate, input, steps);
    case AggregateOp::kAvg:
      return fold<AvgCell>(evaluation, aggregate, input, steps);
    case AggregateOp::kMin:
      return fold<MinCell>(evaluation, aggregate, input, steps);
    case AggregateOp::kMax:
      return fold<MaxCell>(evaluation, aggregate, input, steps);
    case AggregateOp::kCount:
      return fold<CountCell>(evaluation, aggregate, input, steps);
    case AggregateOp::kGroup:
      return fold<GroupCell>(evaluation, aggregate, input, steps);
    case AggregateOp::kStddev:
      return fold<StddevCell>(evaluation, aggregate, input, steps);
    case AggregateOp::kStdvar:
      return fold<StdvarCell>(evaluation, aggregate, input, steps);
    default:
      return internal("query: an aggregation without its parameter");
  }
}

}  // namespace

GroupKey::GroupKey(std::vector<std::string> names, bool without) : without_(without) {
  if (without) names.insert(names.end(), kMetricLabels.begin(), kMetricLabels.end());
  names_ = sorted_names(std::move(names));
}

Labels GroupKey::operator()(LabelsView labels) const {
  return without_ ? drop_labels(labels, names_) : keep_labels(labels, names_);
}

Grouping group_series(const Vector& vector, const Aggregate& aggregate) {
  const GroupKey key(aggregate.grouping, aggregate.without);
  absl::flat_hash_map<Labels, size_t, LabelsHash, LabelsEqual> index;
  Grouping out;
  for (size_t i = 0; i < vector.size(); ++i) {
    Labels labels = key(vector[i].labels);
    const auto [at, is_new] = index.try_emplace(labels, out.labels.size());
    if (is_new) {
      out.labels.push_back(std::move(labels));
      out.members.emplace_back();
    }
    out.members[at->second].push_back(i);
  }
  return out;
}

Result<Value> evaluate_aggregate(Evaluation& evaluation, const Expr& expr, const Aggregate& aggregate,
                                 const Steps& steps) {
  ASSIGN_OR_RETURN(Vector out, takes_param(aggregate.op) ? with_param(evaluation, expr, aggregate, steps)
                                                         : without_param(evaluation, aggregate, steps));
  return Value(std::move(out));
}

}  // namespace weir::query
