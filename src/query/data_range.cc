#include "query/data_range.h"

#include <algorithm>
#include <limits>

#include "query/functions.h"

namespace weir::query {
namespace {

constexpr TimeRange kNothing{std::numeric_limits<TimestampMs>::max(),
                             std::numeric_limits<TimestampMs>::min()};

TimeRange hull(const TimeRange& a, const TimeRange& b) {
  return {std::min(a.mint_ms, b.mint_ms), std::max(a.maxt_ms, b.maxt_ms)};
}

/// The reach of each kind of node when it is evaluated at steps somewhere in `times_`: selection.cc, without
/// the samples.
class Reach {
 public:
  Reach(TimeRange times, const Engine::Range& query, const EngineOptions& options, SelectorVisitor tell)
      : times_(times), query_(query), options_(options), tell_(tell) {}

  TimeRange of(const Expr& expr) const {
    const TimeRange range = std::visit([&](const auto& node) { return visit(node); }, expr.node);
    if (expr.as<VectorSelector>() != nullptr || expr.as<MatrixSelector>() != nullptr)
      tell_(expr, from_zero(range));
    return range;
  }

  // There is nothing before time 0.
  static TimeRange from_zero(TimeRange range) {
    range.mint_ms = std::max<TimestampMs>(range.mint_ms, 0);
    return range;
  }

 private:
  TimeRange visit(const NumberLiteral&) const { return kNothing; }
  TimeRange visit(const StringLiteral&) const { return kNothing; }
  TimeRange visit(const VectorSelector& selector) const {
    const int64_t lookback_ms = options_.lookback.count();
    TimeRange range = before(shifted(selector.shift), lookback_ms);
    if (selector.edges == Edges::kSmoothed) range.maxt_ms += lookback_ms;
    return range;
  }
  TimeRange visit(const MatrixSelector& matrix) const {
    const Edges edges = matrix.selector.edges;
    const int64_t lookback_ms = options_.lookback.count();
    TimeRange range = before(shifted(matrix.selector.shift), matrix.range_ms);
    if (edges != Edges::kPlain) range.mint_ms -= lookback_ms;
    if (edges == Edges::kSmoothed) range.maxt_ms += lookback_ms;
    return range;
  }
  // The grid of a subquery lies in its windows, wherever its step puts it.
  TimeRange visit(const Subquery& subquery) const {
    const TimeRange windows = before(shifted(subquery.shift), subquery.range_ms);
    return Reach(windows, query_, options_, tell_).of(*subquery.expr);
  }
  TimeRange visit(const Call& call) const {
    TimeRange all = kNothing;
    for (const ExprPtr& arg : call.args) all = hull(all, of(*arg));
    if (call.function->name != "info") return all;
    // Info series are looked up where the selectors of the argument look, or at the steps.
    all = hull(all, times_);
    all.mint_ms -= options_.lookback.count();
    return all;
  }
  TimeRange visit(const Aggregate& aggregate) const {
    const TimeRange param = aggregate.param == nullptr ? kNothing : of(*aggregate.param);
    return hull(param, of(*aggregate.expr));
  }
  TimeRange visit(const Binary& binary) const { return hull(of(*binary.lhs), of(*binary.rhs)); }
  TimeRange visit(const Unary& unary) const { return of(*unary.expr); }
  TimeRange visit(const Paren& paren) const { return of(*paren.expr); }

  // The windows (t - length_ms, t] of all times.
  static TimeRange before(const TimeRange& times, int64_t length_ms) {
    return {times.mint_ms - length_ms + 1, times.maxt_ms};
  }

  TimeRange shifted(const TimeShift& shift) const {
    TimeRange times = times_;
    if (shift.at == TimeShift::At::kTime) times = {shift.at_ms, shift.at_ms};
    if (shift.at == TimeShift::At::kStart) times = {query_.start_ms, query_.start_ms};
    if (shift.at == TimeShift::At::kEnd) times = {query_.end_ms, query_.end_ms};
    return {times.mint_ms - shift.offset_ms, times.maxt_ms - shift.offset_ms};
  }

  const TimeRange times_;
  const Engine::Range& query_;
  const EngineOptions& options_;
  const SelectorVisitor tell_;
};

}  // namespace

TimeRange data_range(const Expr& expr, const Engine::Range& range, const EngineOptions& options) {
  const auto ignore = [](const Expr&, const TimeRange&) {};
  return Reach::from_zero(Reach({range.start_ms, range.end_ms}, range, options, ignore).of(expr));
}

void selector_ranges(const Expr& expr, const Engine::Range& range, const EngineOptions& options,
                     SelectorVisitor visit) {
  static_cast<void>(Reach({range.start_ms, range.end_ms}, range, options, visit).of(expr));
}

}  // namespace weir::query
