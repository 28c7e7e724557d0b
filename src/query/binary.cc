#include "query/binary.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "query/binary_histograms.h"
#include "query/label_sets.h"

namespace weir::query {
namespace {

template <typename F>
void zip(std::span<const double> left, std::span<const double> right, std::span<double> out, F f) {
  for (size_t i = 0; i < out.size(); ++i) {
    const double a = left[i];
    const double b = right[i];
    out[i] = is_absent(a) || is_absent(b) ? absent() : f(a, b);
  }
}

template <typename Holds>
void compare(bool as_bool, std::span<const double> left, std::span<const double> right, std::span<double> out,
             Holds holds) {
  if (as_bool) {
    zip(left, right, out, [&](double a, double b) { return holds(a, b) ? 1.0 : 0.0; });
  } else {
    zip(left, right, out, [&](double a, double b) { return holds(a, b) ? a : absent(); });
  }
}

// A comparison of a scalar with a vector keeps the vector's values, also on the right.
void keep_right(const Column& kept, std::span<const double> right, std::span<double> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = is_absent(kept[i]) ? absent() : right[i];
}

Result<Value> scalar_with_scalar(Evaluation& evaluation, const Binary& binary, const Steps& steps) {
  if (is_trim(binary.op)) {
    return failed_precondition(
        fmt::format("operator \"{}\" not allowed for Scalar operations", text(binary.op)));
  }
  ASSIGN_OR_RETURN(Column left, evaluation.scalar(*binary.lhs, steps));
  ASSIGN_OR_RETURN(const Column right, evaluation.scalar(*binary.rhs, steps));
  combine(binary.op, true, left, right, left);
  return Value(std::move(left));
}

/// What a comparison with the same number at every step lets pass; nullopt where a store cannot say it.
std::optional<store::ValueFilter> value_filter(BinaryOp op, bool scalar_left, const Column& scalar) {
  using Op = store::ValueFilter::Op;
  const double bound = scalar.front();
  if (!std::ranges::all_of(scalar, [&](double value) { return value == bound; })) return std::nullopt;
  switch (op) {
    case BinaryOp::kEqual:
      return store::ValueFilter{Op::kEqual, bound};
    case BinaryOp::kLess:
      return store::ValueFilter{scalar_left ? Op::kGreater : Op::kLess, bound};
    case BinaryOp::kLessEqual:
      return store::ValueFilter{scalar_left ? Op::kGreaterEqual : Op::kLessEqual, bound};
    case BinaryOp::kGreater:
      return store::ValueFilter{scalar_left ? Op::kLess : Op::kGreater, bound};
    case BinaryOp::kGreaterEqual:
      return store::ValueFilter{scalar_left ? Op::kLessEqual : Op::kGreaterEqual, bound};
    default:
      return std::nullopt;
  }
}

/// A selector alone may leave out what does not pass.
Result<Vector> vector_operand(Evaluation& evaluation, const Expr& expr,
                              const std::optional<store::ValueFilter>& filter, const Steps& steps) {
  const auto* selector = unwrap(expr).as<VectorSelector>();
  const bool may_filter = selector != nullptr && selector->edges != Edges::kSmoothed;
  if (!may_filter || !filter || is_step_invariant(expr)) return evaluation.vector(expr, steps);
  return evaluation.profiled(unwrap(expr), steps,
                             [&] { return evaluation.filtered(*selector, steps, *filter); });
}

Result<Value> vector_with_scalar(Evaluation& evaluation, const Expr& expr, const Binary& binary,
                                 const Steps& steps) {
  const bool scalar_left = binary.lhs->type() == ValueType::kScalar;
  ASSIGN_OR_RETURN(const Column scalar, evaluation.scalar(scalar_left ? *binary.lhs : *binary.rhs, steps));
  const bool filters = is_comparison(binary.op) && !binary.return_bool;
  const auto filter = filters ? value_filter(binary.op, scalar_left, scalar) : std::nullopt;
  ASSIGN_OR_RETURN(Vector vector,
                   vector_operand(evaluation, scalar_left ? *binary.rhs : *binary.lhs, filter, steps));
  Column kept(scalar_left && filters ? steps.count : 0);
  HistogramCombiner histograms(evaluation, expr, binary);
  for (Series& series : vector) {
    RETURN_IF_ERROR(evaluation.budget().work(steps.count));
    if (drops_metric(binary)) series.labels = drop_metric(series.labels);
    histograms.check_doubles(series);
    Column& values = series.values;
    if (!scalar_left) {
      combine(binary.op, binary.return_bool, values, scalar, values);
    } else if (filters) {
      combine(binary.op, false, scalar, values, kept);
      keep_right(kept, values, values);
    } else {
      combine(binary.op, binary.return_bool, scalar, values, values);
    }
    RETURN_IF_ERROR(histograms.combine_with_scalar(series, scalar, scalar_left));
  }
  if (filters || is_trim(binary.op)) drop_empty(vector);
  RETURN_IF_ERROR(merge_equal_labels(vector));
  return Value(std::move(vector));
}

}  // namespace

void combine(BinaryOp op, bool as_bool, std::span<const double> left, std::span<const double> right,
             std::span<double> out) {
  switch (op) {
    case BinaryOp::kAdd:
      return zip(left, right, out, [](double a, double b) { return a + b; });
    case BinaryOp::kSub:
      return zip(left, right, out, [](double a, double b) { return a - b; });
    case BinaryOp::kMul:
      return zip(left, right, out, [](double a, double b) { return a * b; });
    case BinaryOp::kDiv:
      return zip(left, right, out, [](double a, double b) { return a / b; });
    case BinaryOp::kMod:
      return zip(left, right, out, [](double a, double b) { return std::fmod(a, b); });
    case BinaryOp::kPow:
      return zip(left, right, out, [](double a, double b) { return std::pow(a, b); });
    case BinaryOp::kAtan2:
      return zip(left, right, out, [](double a, double b) { return std::atan2(a, b); });
    case BinaryOp::kEqual:
      return compare(as_bool, left, right, out, [](double a, double b) { return a == b; });
    case BinaryOp::kNotEqual:
      return compare(as_bool, left, right, out, [](double a, double b) { return a != b; });
    case BinaryOp::kLess:
      return compare(as_bool, left, right, out, [](double a, double b) { return a < b; });
    case BinaryOp::kLessEqual:
      return compare(as_bool, left, right, out, [](double a, double b) { return a <= b; });
    case BinaryOp::kGreater:
      return compare(as_bool, left, right, out, [](double a, double b) { return a > b; });
    case BinaryOp::kGreaterEqual:
      return compare(as_bool, left, right, out, [](double a, double b) { return a >= b; });
    case BinaryOp::kTrimUpper:
    case BinaryOp::kTrimLower:
      return zip(left, right, out, [](double, double) { return absent(); });
    case BinaryOp::kAnd:
    case BinaryOp::kOr:
    case BinaryOp::kUnless:
      break;
  }
  CHECK(false, "a set operator has no value of its own");
}

bool drops_metric(const Binary& binary) {
  return !(is_comparison(binary.op) || is_trim(binary.op)) || binary.return_bool;
}

Result<Value> evaluate_binary(Evaluation& evaluation, const Expr& expr, const Binary& binary,
                              const Steps& steps) {
  const bool left_scalar = binary.lhs->type() == ValueType::kScalar;
  const bool right_scalar = binary.rhs->type() == ValueType::kScalar;
  if (left_scalar && right_scalar) return scalar_with_scalar(evaluation, binary, steps);
  if (left_scalar || right_scalar) return vector_with_scalar(evaluation, expr, binary, steps);
  ASSIGN_OR_RETURN(Vector left, evaluation.vector(*binary.lhs, steps));
  ASSIGN_OR_RETURN(Vector right, evaluation.vector(*binary.rhs, steps));
  if (is_set_operator(binary.op)) {
    ASSIGN_OR_RETURN(Vector out, combine_sets(evaluation, binary, std::move(left), std::move(right), steps));
    return Value(std::move(out));
  }
  if (binary.matching.fills()) RETURN_IF_ERROR(fill_missing(evaluation, binary, left, right, steps));
  ASSIGN_OR_RETURN(Vector out, match_vectors(evaluation, expr, binary, left, right, steps));
  return Value(std::move(out));
}

}  // namespace weir::query
