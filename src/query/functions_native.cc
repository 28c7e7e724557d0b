#include <cmath>

#include "query/function_list.h"
#include "query/histogram_statistics.h"
#include "query/label_sets.h"

// Functions of each native histogram on its own; doubles have none of what they ask for.
namespace weir::query {
namespace {

Result<Value> of_each(Evaluation& evaluation, const Call& call, const Steps& steps,
                      double (*compute)(const Histogram& histogram)) {
  ASSIGN_OR_RETURN(const Vector vector, evaluation.vector(*call.args[0], steps));
  Vector out;
  for (const Series& series : vector) {
    if (!series.has_histograms()) continue;
    RETURN_IF_ERROR(evaluation.budget().work(steps.count));
    Series result{drop_metric(series.labels), Column(steps.count, absent())};
    for (size_t step = 0; step < steps.count; ++step) {
      if (series.histogram(step) != nullptr) result.values[step] = compute(*series.histogram(step));
    }
    out.push_back(std::move(result));
  }
  drop_empty(out);
  RETURN_IF_ERROR(merge_equal_labels(out));
  return Value(std::move(out));
}

}  // namespace

Result<Value> call_histogram_avg(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return of_each(evaluation, call, steps,
                 [](const Histogram& histogram) { return histogram.sum / histogram.count; });
}

Result<Value> call_histogram_count(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return of_each(evaluation, call, steps, [](const Histogram& histogram) { return histogram.count; });
}

Result<Value> call_histogram_sum(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return of_each(evaluation, call, steps, [](const Histogram& histogram) { return histogram.sum; });
}

Result<Value> call_histogram_stddev(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return of_each(evaluation, call, steps,
                 [](const Histogram& histogram) { return std::sqrt(histogram_variance(histogram)); });
}

Result<Value> call_histogram_stdvar(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return of_each(evaluation, call, steps, &histogram_variance);
}

}  // namespace weir::query
