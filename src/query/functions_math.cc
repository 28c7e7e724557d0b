#include <cmath>
#include <numbers>

#include "query/function_list.h"
#include "query/label_sets.h"

namespace weir::query {
namespace {

// Go's math.Min and math.Max: NaN wins over numbers, but not over the infinity that decides anyway.
double go_min(double a, double b) {
  if (a == -HUGE_VAL || b == -HUGE_VAL) return -HUGE_VAL;
  if (std::isnan(a) || std::isnan(b)) return std::nan("");
  if (a == 0 && b == 0) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

double go_max(double a, double b) {
  if (a == HUGE_VAL || b == HUGE_VAL) return HUGE_VAL;
  if (std::isnan(a) || std::isnan(b)) return std::nan("");
  if (a == 0 && b == 0) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

// `change(value, step)` for each value of the first argument.
template <typename Change>
Result<Value> change_values(Evaluation& evaluation, const Call& call, const Steps& steps, Change change) {
  ASSIGN_OR_RETURN(Vector vector, evaluation.vector(*call.args[0], steps));
  drop_histograms(vector);
  for (Series& series : vector) {
    RETURN_IF_ERROR(evaluation.budget().work(steps.count));
    series.labels = drop_metric(series.labels);
    for (size_t step = 0; step < steps.count; ++step) {
      double& value = series.values[step];
      if (!is_absent(value)) value = change(value, step);
    }
  }
  drop_empty(vector);
  RETURN_IF_ERROR(merge_equal_labels(vector));
  return Value(std::move(vector));
}

Result<Value> combine_scalars(Evaluation& evaluation, const Call& call, const Steps& steps,
                              double (*combine)(double, double)) {
  ASSIGN_OR_RETURN(Column values, evaluation.scalar(*call.args[0], steps));
  ASSIGN_OR_RETURN(const Column others, evaluation.scalar(*call.args[1], steps));
  for (size_t step = 0; step < steps.count; ++step) values[step] = combine(values[step], others[step]);
  return Value(std::move(values));
}

}  // namespace

Result<Value> call_clamp(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Column least, evaluation.scalar(*call.args[1], steps));
  ASSIGN_OR_RETURN(const Column greatest, evaluation.scalar(*call.args[2], steps));
  return change_values(evaluation, call, steps, [&](double value, size_t step) {
    if (greatest[step] < least[step]) return absent();
    return go_max(least[step], go_min(greatest[step], value));
  });
}

Result<Value> call_clamp_min(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Column least, evaluation.scalar(*call.args[1], steps));
  return change_values(evaluation, call, steps, [&](double value, size_t step) {
    return go_max(least[step], go_min(HUGE_VAL, value));
  });
}

Result<Value> call_clamp_max(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Column greatest, evaluation.scalar(*call.args[1], steps));
  return change_values(evaluation, call, steps, [&](double value, size_t step) {
    return go_max(-HUGE_VAL, go_min(greatest[step], value));
  });
}

// To a multiple of the second argument, halves upwards. Dividing by the inverse keeps 0.1 and its like exact.
Result<Value> call_round(Evaluation& evaluation, const Call& call, const Steps& steps) {
  Column nearest(steps.count, 1);
  if (call.args.size() > 1) {
    ASSIGN_OR_RETURN(nearest, evaluation.scalar(*call.args[1], steps));
  }
  return change_values(evaluation, call, steps, [&](double value, size_t step) {
    const double inverse = 1.0 / nearest[step];
    return std::floor(value * inverse + 0.5) / inverse;
  });
}

Result<Value> call_pi(Evaluation&, const Call&, const Steps& steps) {
  return Value(Column(steps.count, std::numbers::pi));
}

Result<Value> call_min_of(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return combine_scalars(evaluation, call, steps, go_min);
}

Result<Value> call_max_of(Evaluation& evaluation, const Call& call, const Steps& steps) {
  return combine_scalars(evaluation, call, steps, go_max);
}

double sign(double value) {
  if (value < 0) return -1;
  return value > 0 ? 1 : value;
}

double degrees(double radians) {
  return radians * (180 / std::numbers::pi);
}

double radians(double degrees) {
  return degrees * (std::numbers::pi / 180);
}

}  // namespace weir::query
