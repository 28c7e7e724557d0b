#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "query/function_list.h"
#include "query/label_sets.h"
#include "query/range_histograms.h"

namespace weir::query {
namespace {

// The labels that a selector fixes by `=`: those that the series would have if it were there. A name matched
// more than once is not fixed.
Labels fixed_labels(const Expr& expr) {
  const std::vector<Matcher>* matchers = nullptr;
  if (const auto* selector = unwrap(expr).as<VectorSelector>()) matchers = &selector->matchers;
  if (const auto* matrix = unwrap(expr).as<MatrixSelector>()) matchers = &matrix->selector.matchers;
  Labels labels;
  if (matchers == nullptr) return labels;
  std::unordered_set<std::string_view> seen;
  for (const Matcher& matcher : *matchers) {
    if (std::find(kMetricLabels.begin(), kMetricLabels.end(), matcher.name()) != kMetricLabels.end())
      continue;
    const bool fixes = matcher.op() == MatchOp::kEqual && seen.insert(matcher.name()).second;
    labels = set_label(labels, matcher.name(), fixes ? matcher.value() : "");
  }
  return labels;
}

Vector one_where_nothing(const Vector& vector, Labels labels, const Steps& steps) {
  Column values(steps.count, 1);
  for (const Series& series : vector) {
    for (size_t step = 0; step < steps.count; ++step) {
      if (!is_absent(series.values[step])) values[step] = absent();
    }
  }
  Vector out;
  out.push_back({std::move(labels), std::move(values)});
  drop_empty(out);
  return out;
}

// Only an instant query shows an order; in a range query series are sorted by labels at the end.
Result<Value> sorted(Evaluation& evaluation, const Call& call, const Steps& steps, bool descending) {
  ASSIGN_OR_RETURN(Vector vector, evaluation.vector(*call.args[0], steps));
  drop_histograms(vector);
  std::stable_sort(vector.begin(), vector.end(), [&](const Series& left, const Series& right) {
    const double a = left.values[0];
    const double b = right.values[0];
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return descending ? a > b : a < b;
  });
  return Value(std::move(vector));
}

}  // namespace

Result<Value> call_absent(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Vector vector, evaluation.vector(*call.args[0], steps));
  return Value(one_where_nothing(vector, fixed_labels(*call.args[0]), steps));
}

Result<Value> call_absent_over_time(Evaluation& evaluation, const Call& call, const Steps& steps) {
  const RangeKernel present{present_over_time, true, false, std::nullopt, &histograms_present};
  ASSIGN_OR_RETURN(const Value value, evaluate_range_function(evaluation, call, present, steps));
  return Value(one_where_nothing(std::get<Vector>(value), fixed_labels(*call.args[0]), steps));
}

Result<Value> call_scalar(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(Vector vector, evaluation.vector(*call.args[0], steps));
  drop_histograms(vector);
  Column out(steps.count, absent());
  for (const Series& series : vector) {
    for (size_t step = 0; step < steps.count; ++step) {
      const double value = series.values[step];
      if (!is_absent(value)) out[step] = is_absent(out[step]) ? value : std::nan("");
    }
  }
  for (double& value : out) {
    if (is_absent(value)) value = std::nan("");
  }
  return Value(std::move(out));
}

Result<Value> call_vector(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(Column column, evaluation.scalar(*call.args[0], steps));
  Vector out;
  out.push_back({Labels(), std::move(column)});
  return Value(std::move(out));
}

Result<Value> call_timestamp(Evaluation& evaluation, const Call& call, const Steps& steps) {
  Vector out;
  const Expr& arg = unwrap(*call.args[0]);
  if (const auto* selector = arg.as<VectorSelector>()) {
    ASSIGN_OR_RETURN(
        out, evaluation.profiled(arg, steps, [&] { return evaluation.sample_times(*selector, steps); }));
  } else {
    ASSIGN_OR_RETURN(out, evaluation.vector(*call.args[0], steps));
    for (Series& series : out) {
      series.histograms.clear();
      for (size_t step = 0; step < steps.count; ++step) {
        double& value = series.values[step];
        if (!is_absent(value)) value = static_cast<double>(steps.at(step)) / 1000;
      }
    }
  }
  for (Series& series : out) series.labels = drop_metric(series.labels);
  RETURN_IF_ERROR(merge_equal_labels(out));
  return Value(std::move(out));
}

Result<Value> call_sort(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return sorted(evaluation, call, steps, false);
}

Result<Value> call_sort_desc(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return sorted(evaluation, call, steps, true);
}

}  // namespace weir::query
