#include "query/evaluation.h"

#include <algorithm>

#include <fmt/format.h>

#include "absl/container/flat_hash_map.h"
#include "query/aggregate.h"
#include "query/binary.h"
#include "query/extended_range.h"
#include "query/functions.h"
#include "query/histogram_math.h"
#include "query/label_sets.h"
#include "query/parser.h"
#include "query/range_functions.h"

namespace weir::query {
namespace {

Error duplicate_labels() {
  return failed_precondition("vector cannot contain metrics with the same labelset");
}

Status merge_into(Series& target, const Series& source) {
  for (size_t i = 0; i < source.values.size(); ++i) {
    if (is_absent(source.values[i])) continue;
    if (!is_absent(target.values[i])) return duplicate_labels();
    target.put(i, source.point(i));
  }
  return {};
}

// What holds at one step, at all of them.
Value broadcast(Value value, size_t steps) {
  if (Column* column = std::get_if<Column>(&value)) column->resize(steps, column->front());
  if (Vector* vector = std::get_if<Vector>(&value)) {
    for (Series& series : *vector) {
      series.values.resize(steps, series.values.front());
      if (series.has_histograms()) series.histograms.resize(steps, series.histograms.front());
    }
  }
  return value;
}

}  // namespace

Status merge_equal_labels(Vector& vector) {
  if (vector.size() < 2) return {};
  absl::flat_hash_map<std::string_view, size_t> first;
  first.reserve(vector.size());
  bool merged = false;
  for (size_t i = 0; i < vector.size(); ++i) {
    const auto [at, is_new] = first.emplace(vector[i].labels.view().bytes(), i);
    if (is_new) continue;
    RETURN_IF_ERROR(merge_into(vector[at->second], vector[i]));
    vector[i].values.clear();
    merged = true;
  }
  if (merged) std::erase_if(vector, [](const Series& series) { return series.values.empty(); });
  return {};
}

void drop_empty(Vector& vector) {
  std::erase_if(vector, [](const Series& series) { return !has_values(series.values); });
}

std::string Evaluation::place_of(const Expr& expr) const {
  const std::string placed = parse_error(query_.text, unwrap(expr).range, "").message;
  return placed.substr(0, placed.find(": "));
}

size_t Evaluation::series_count(const Value& value) {
  const Vector* vector = std::get_if<Vector>(&value);
  return vector == nullptr ? 0 : vector->size();
}

Result<Value> Evaluation::evaluate(const Expr& expr, const Steps& steps) {
  const uint64_t before_bytes = budget_.held_bytes();
  ASSIGN_OR_RETURN(Value value, evaluate_once(expr, steps));
  RETURN_IF_ERROR(budget_.hand_over(before_bytes, size_bytes(value)));
  return value;
}

// What is the same at each step is evaluated at one.
Result<Value> Evaluation::evaluate_once(const Expr& expr, const Steps& steps) {
  if (steps.count > 1 && is_step_invariant(expr)) {
    const Steps one{steps.first_ms, steps.step_ms, 1};
    ASSIGN_OR_RETURN(Value value, profiled(expr, one, [&] { return evaluate_each(expr, one); }));
    const Vector* vector = std::get_if<Vector>(&value);
    RETURN_IF_ERROR(budget_.hold(vector == nullptr ? 1 : vector->size(), steps.count));
    return broadcast(std::move(value), steps.count);
  }
  return profiled(expr, steps, [&] { return evaluate_each(expr, steps); });
}

Status Evaluation::visit_range(const Expr& expr, const Windows& windows, Reduction reduction,
                               SeriesVisitor visit) {
  return profiled_visits(expr, windows.ends, visit, [&](SeriesVisitor counted) {
    return visit_each(expr, windows, reduction, counted);
  });
}

Result<Value> Evaluation::evaluate_each(const Expr& expr, const Steps& steps) {
  RETURN_IF_ERROR(budget_.proceed());
  RETURN_IF_ERROR(budget_.hold(1, steps.count));
  if (const auto* number = expr.as<NumberLiteral>()) return Value(Column(steps.count, number->value));
  if (const auto* literal = expr.as<StringLiteral>()) return Value(literal->value);
  if (const auto* paren = expr.as<Paren>()) return evaluate(*paren->expr, steps);
  if (const auto* unary = expr.as<Unary>()) return evaluate_unary(*unary, steps);
  if (const auto* call = expr.as<Call>()) return evaluate_call(expr, *call, steps);
  if (const auto* binary = expr.as<Binary>()) return evaluate_binary(*this, expr, *binary, steps);
  if (const auto* aggregate = expr.as<Aggregate>()) return evaluate_aggregate(*this, expr, *aggregate, steps);
  const auto* selector = expr.as<VectorSelector>();
  if (selector == nullptr) return internal("query: a range vector was evaluated as an instant vector");
  if (selector->edges == Edges::kSmoothed) return smoothed_vector(*this, expr, *selector, steps);
  ASSIGN_OR_RETURN(Vector selected, current_values(*selector, steps, {}));
  return Value(std::move(selected));
}

Result<Vector> Evaluation::vector(const Expr& expr, const Steps& steps) {
  ASSIGN_OR_RETURN(Value value, evaluate(expr, steps));
  Vector* vector = std::get_if<Vector>(&value);
  if (vector == nullptr) return internal("query: an instant vector was expected");
  return std::move(*vector);
}

Result<Column> Evaluation::scalar(const Expr& expr, const Steps& steps) {
  ASSIGN_OR_RETURN(Value value, evaluate(expr, steps));
  Column* column = std::get_if<Column>(&value);
  if (column == nullptr) return internal("query: a scalar was expected");
  return std::move(*column);
}

const std::string& Evaluation::string(const Expr& expr) {
  const auto* literal = unwrap(expr).as<StringLiteral>();
  CHECK(literal != nullptr, "the type checker let something through as a string");
  return literal->value;
}

Result<Value> Evaluation::evaluate_unary(const Unary& unary, const Steps& steps) {
  ASSIGN_OR_RETURN(Value value, evaluate(*unary.expr, steps));
  if (!unary.negative) return value;
  if (Column* column = std::get_if<Column>(&value)) {
    for (double& number : *column) number = -number;
    return value;
  }
  Vector& vector = std::get<Vector>(value);
  for (Series& series : vector) {
    series.labels = drop_metric(series.labels);
    for (double& number : series.values) number = is_absent(number) ? number : -number;
    for (HistogramPtr& histogram : series.histograms) {
      if (histogram == nullptr) continue;
      RETURN_IF_ERROR(budget_.make(*histogram));
      histogram = std::make_shared<const Histogram>(multiplied(*histogram, -1));
    }
  }
  RETURN_IF_ERROR(merge_equal_labels(vector));
  return value;
}

Result<Value> Evaluation::evaluate_call(const Expr& expr, const Call& call, const Steps& steps) {
  const Function& function = *call.function;
  if (const auto* kernel = std::get_if<RangeKernel>(&function.run)) {
    return evaluate_range_function(*this, call, *kernel, steps);
  }
  if (const auto* evaluator = std::get_if<CallEvaluator>(&function.run)) {
    const bool has_range = steps.count > 1 || (query_.start_ms != query_.end_ms && !is_step_invariant(expr));
    if (function.name.substr(0, 4) == "sort" && has_range) {
      warn(expr, "sort is ineffective for range queries since results are always ordered by labels");
    }
    return (*evaluator)(*this, call, steps);
  }
  const auto* kernel = std::get_if<MathKernel>(&function.run);
  if (kernel == nullptr)
    return unsupported(fmt::format("function \"{}\" is not supported yet", function.name));
  ASSIGN_OR_RETURN(Vector vector, this->vector(*call.args[0], steps));
  drop_histograms(vector);
  for (Series& series : vector) {
    RETURN_IF_ERROR(budget_.work(series.values.size()));
    series.labels = drop_metric(series.labels);
    for (double& value : series.values) value = is_absent(value) ? value : (*kernel)(value);
  }
  RETURN_IF_ERROR(merge_equal_labels(vector));
  return Value(std::move(vector));
}

}  // namespace weir::query
