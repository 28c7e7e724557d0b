#include "query/streaming.h"

#include "query/extended_range.h"
#include "query/functions.h"
#include "query/range_functions.h"

namespace weir::query {
namespace {

std::optional<Stream> stream_of_call(const Expr& expr, const Call& call) {
  const auto* kernel = std::get_if<RangeKernel>(&call.function->run);
  if (kernel == nullptr) return std::nullopt;
  const auto* matrix = unwrap(range_arg(call)).as<MatrixSelector>();
  if (matrix == nullptr || matrix->selector.edges != Edges::kPlain) return std::nullopt;
  if (!kernel->keeps_name && !has_one_name(matrix->selector)) return std::nullopt;
  return Stream{&expr, !kernel->keeps_name};
}

}  // namespace

std::optional<Stream> stream_of(const Expr& expr) {
  if (is_step_invariant(expr)) return std::nullopt;
  const Expr& inner = unwrap(expr);
  if (const auto* call = inner.as<Call>()) return stream_of_call(inner, *call);
  const auto* selector = inner.as<VectorSelector>();
  if (selector == nullptr || selector->edges == Edges::kSmoothed) return std::nullopt;
  return Stream{&inner, false};
}

Status visit_stream(Evaluation& evaluation, const Stream& stream, const Steps& steps,
                    Evaluation::StreamVisitor visit) {
  return evaluation.profiled_visits(*stream.expr, steps, visit, [&](Evaluation::StreamVisitor counted) {
    if (const auto* selector = stream.expr->as<VectorSelector>())
      return evaluation.stream(*selector, steps, counted);
    const Call& call = *stream.expr->as<Call>();
    const auto& kernel = std::get<RangeKernel>(call.function->run);
    return stream_range_function(evaluation, call, kernel, steps, counted);
  });
}

}  // namespace weir::query
