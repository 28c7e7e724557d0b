#include "query/engine.h"

#include <algorithm>

#include <fmt/format.h>

#include "query/data_range.h"
#include "query/evaluation.h"
#include "query/extended_range.h"
#include "query/functions.h"
#include "query/outline.h"
#include "query/parser.h"
#include "query/profile.h"
#include "query/refusals.h"
#include "query/running_queries.h"

namespace weir::query {
namespace {

constexpr TimestampMs kTimeMax = TimestampMs{1}
                                 << 61;  // ranges and offsets can be subtracted without overflow

std::chrono::microseconds since(const os::Clock& clock, os::SteadyTime begin) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.steady() - begin);
}

Status check_time(TimestampMs time_ms) {
  if (time_ms > -kTimeMax && time_ms < kTimeMax) return {};
  return invalid_argument(fmt::format("time {} ms is out of range", time_ms));
}

Result<Steps> steps_of(const Engine::Range& range, const Limits& limits) {
  RETURN_IF_ERROR(check_time(range.start_ms));
  RETURN_IF_ERROR(check_time(range.end_ms));
  if (range.step_ms < 1) {
    return invalid_argument(
        "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  if (range.end_ms < range.start_ms) return invalid_argument("end timestamp must not be before start time");
  const int64_t count = (range.end_ms - range.start_ms) / range.step_ms + 1;
  if (count > limits.query_points_per_series_max) {
    return resource_exhausted(too_many_points(range.end_ms - range.start_ms, range.step_ms, limits));
  }
  return Steps{range.start_ms, range.step_ms, static_cast<size_t>(count)};
}

SampleColumns points_of(Column values, HistogramColumn histograms, const Steps& steps) {
  SampleColumns points;
  for (size_t step = 0; step < histograms.size(); ++step) {
    if (!is_absent(values[step])) points.histograms.push_back(std::move(histograms[step]));
  }
  const auto gaps = static_cast<size_t>(std::count_if(values.begin(), values.end(), is_absent));
  points.timestamps_ms.reserve(values.size() - gaps);
  for (size_t step = 0; step < values.size(); ++step) {
    if (!is_absent(values[step])) points.timestamps_ms.push_back(steps.at(step));
  }
  if (gaps > 0) std::erase_if(values, is_absent);
  points.values = std::move(values);
  return points;
}

std::vector<ResultSeries> series_of(Vector vector, const Steps& steps) {
  std::vector<ResultSeries> out;
  out.reserve(vector.size());
  for (Series& series : vector) {
    SampleColumns points = points_of(std::move(series.values), std::move(series.histograms), steps);
    if (points.size() > 0) out.push_back({std::move(series.labels), std::move(points)});
  }
  return out;
}

// Whether the answer of an instant query comes in an order of its own. What works value by value keeps it.
bool keeps_order(const Expr& expr) {
  const Expr& inner = unwrap(expr);
  if (const auto* call = inner.as<Call>()) {
    if (call->function->name.substr(0, 4) == "sort") return true;
    return std::holds_alternative<MathKernel>(call->function->run) && keeps_order(*call->args[0]);
  }
  if (const auto* aggregate = inner.as<Aggregate>()) {
    return aggregate->op == AggregateOp::kTopk || aggregate->op == AggregateOp::kBottomk;
  }
  if (const auto* unary = inner.as<Unary>()) return keeps_order(*unary->expr);
  if (const auto* binary = inner.as<Binary>()) {
    if (binary->rhs->type() == ValueType::kScalar) return keeps_order(*binary->lhs);
    if (binary->lhs->type() == ValueType::kScalar) return keeps_order(*binary->rhs);
  }
  return false;
}

// A range vector by itself: the samples as they are stored.
Result<MatrixValue> matrix_at(Evaluation& evaluation, const Expr& expr, const Steps& steps) {
  MatrixValue out;
  const auto add = [&](LabelsView labels, const SampleColumns& samples) -> Status {
    if (samples.size() == 0) return {};
    out.series.push_back({Labels(labels), samples});
    return evaluation.budget().keep(samples);
  };
  RETURN_IF_ERROR(edges_of(expr) == Edges::kPlain
                      ? evaluation.visit_range(expr, evaluation.windows(expr, steps), {}, add)
                      : visit_extended_range(evaluation, expr, steps, add));
  sort_by_labels(out.series);
  return out;
}

Result<decltype(QueryResult::value)> evaluate_at(Evaluation& evaluation, const Expr& expr,
                                                 TimestampMs at_ms) {
  const Steps steps{at_ms, 1, 1};
  if (expr.type() == ValueType::kMatrix) {
    ASSIGN_OR_RETURN(MatrixValue matrix, matrix_at(evaluation, expr, steps));
    return decltype(QueryResult::value)(std::move(matrix));
  }
  ASSIGN_OR_RETURN(Value value, evaluation.evaluate(expr, steps));
  if (const Column* column = std::get_if<Column>(&value)) {
    return decltype(QueryResult::value)(Scalar{at_ms, column->front()});
  }
  if (std::string* text = std::get_if<std::string>(&value)) {
    return decltype(QueryResult::value)(StringValue{at_ms, std::move(*text)});
  }
  VectorValue vector{series_of(std::get<Vector>(std::move(value)), steps)};
  if (!keeps_order(expr)) sort_by_labels(vector.series);
  return decltype(QueryResult::value)(std::move(vector));
}

MatrixValue matrix_of(Value value, const Steps& steps) {
  MatrixValue out;
  if (Column* column = std::get_if<Column>(&value)) {
    out.series.push_back({Labels(), points_of(std::move(*column), {}, steps)});
  } else {
    out.series = series_of(std::get<Vector>(std::move(value)), steps);
    sort_by_labels(out.series);
  }
  return out;
}

void finish(QueryResult& result, const QueryContext& context, Evaluation& evaluation, const os::Clock& clock,
            os::SteadyTime begin) {
  result.warnings = evaluation.warnings();
  result.infos = evaluation.infos();
  result.stats.samples_read = evaluation.budget().samples_read();
  result.stats.series_read = evaluation.budget().series_read();
  result.stats.peak_bytes = evaluation.budget().peak_bytes();
  result.stats.queued = context.queued;
  result.stats.evaluate = since(clock, begin);
}

QueryTimes times_of(const Engine::Range& range) {
  return {range.start_ms, range.end_ms, range.step_ms};
}

// An expression of a type that a range query can have.
Result<ExprPtr> parse_for_range(std::string_view text, const ParseLimits& limits,
                                const Engine::Range& range) {
  ASSIGN_OR_RETURN(ExprPtr expr, parse(text, limits, times_of(range)));
  const ValueType type = expr->type();
  if (type == ValueType::kScalar || type == ValueType::kVector) return expr;
  return invalid_argument(fmt::format(
      "invalid expression type \"{}\" for range query, must be Scalar or instant Vector", documented(type)));
}

}  // namespace

void sort_by_labels(std::vector<ResultSeries>& series) {
  std::sort(series.begin(), series.end(),
            [](const ResultSeries& a, const ResultSeries& b) { return a.labels < b.labels; });
}

Engine::Engine(store::Store& store, EngineOptions options, const os::Clock& clock)
    : store_(store), options_(options), clock_(clock) {}

Engine::~Engine() = default;

EngineOptions Engine::options(const QueryContext& context) const {
  EngineOptions own = options_;
  if (context.lookback) own.lookback = *context.lookback;
  return own;
}

ParseLimits Engine::parse_limits() const {
  ParseLimits limits;
  limits.text_bytes_max = options_.text_bytes_max;
  limits.depth_max = options_.depth_max;
  limits.experimental = options_.experimental;
  return limits;
}

Result<QueryResult> Engine::instant(const QueryContext& context, std::string_view text,
                                    TimestampMs at_ms) const {
  const os::SteadyTime begin = clock_.steady();
  RETURN_IF_ERROR(check_time(at_ms));
  ASSIGN_OR_RETURN(const ExprPtr expr, parse(text, parse_limits(), QueryTimes{at_ms, at_ms, 0}));
  QueryResult result;
  result.stats.parse = since(clock_, begin);
  if (context.profile != nullptr) context.profile->begin(*expr);
  const os::SteadyTime parsed = clock_.steady();
  const EngineOptions own = options(context);
  Evaluation evaluation(store_, {context, own, text, at_ms, at_ms}, clock_);
  ASSIGN_OR_RETURN(result.value, evaluate_at(evaluation, *expr, at_ms));
  finish(result, context, evaluation, clock_, parsed);
  return result;
}

Result<QueryResult> Engine::range(const QueryContext& context, std::string_view text,
                                  const Range& range) const {
  const os::SteadyTime begin = clock_.steady();
  ASSIGN_OR_RETURN(const Steps steps, steps_of(range, context.limits));
  ASSIGN_OR_RETURN(const ExprPtr expr, parse_for_range(text, parse_limits(), range));
  QueryResult result;
  result.stats.parse = since(clock_, begin);
  if (context.profile != nullptr) context.profile->begin(*expr);
  const os::SteadyTime parsed = clock_.steady();
  const EngineOptions own = options(context);
  Evaluation evaluation(store_, {context, own, text, range.start_ms, range.end_ms}, clock_);
  ASSIGN_OR_RETURN(Value value, evaluation.evaluate(*expr, steps));
  result.value = matrix_of(std::move(value), steps);
  finish(result, context, evaluation, clock_, parsed);
  return result;
}

Status Engine::plan(const QueryContext& context, std::string_view text, const Range& range) const {
  ExprPtr expr;
  if (range.step_ms == 0) {
    RETURN_IF_ERROR(check_time(range.start_ms));
    ASSIGN_OR_RETURN(expr, parse(text, parse_limits(), times_of(range)));
  } else {
    RETURN_IF_ERROR(steps_of(range, context.limits));
    ASSIGN_OR_RETURN(expr, parse_for_range(text, parse_limits(), range));
  }
  context.profile->begin(*expr);
  Status counted;
  selector_ranges(*expr, range, options(context), [&](const Expr& selector, const TimeRange& times) {
    if (counted.ok()) counted = count_matches(context, selector, times);
  });
  return counted;
}

Status Engine::count_matches(const QueryContext& context, const Expr& selector,
                             const TimeRange& range) const {
  if (!context.profile->contains(selector)) return {};
  if (context.running != nullptr) RETURN_IF_ERROR(context.running->proceed());
  const auto* matrix = selector.as<MatrixSelector>();
  const VectorSelector& inner = matrix == nullptr ? *selector.as<VectorSelector>() : matrix->selector;
  constexpr uint64_t kMax = Profile::kMatchesMax;
  MatchCount count;
  if (range.mint_ms <= range.maxt_ms) {
    const store::LabelRequest request{inner.matchers, range, kMax + 1};
    ASSIGN_OR_RETURN(const auto found, store_.series(context.tenant, request, context.deadline));
    count = {std::min<uint64_t>(found.size(), kMax), found.size() > kMax};
  }
  context.profile->matches(selector, count);
  return {};
}

Result<Outline> Engine::outline(std::string_view text, const Range& range,
                                const QueryContext& context) const {
  RETURN_IF_ERROR(check_time(range.start_ms));
  RETURN_IF_ERROR(check_time(range.end_ms));
  ASSIGN_OR_RETURN(ExprPtr expr, parse(text, parse_limits(), times_of(range)));
  return Outline(std::move(expr), options(context));
}

}  // namespace weir::query
