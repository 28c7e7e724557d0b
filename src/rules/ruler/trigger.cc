#include "rules/ruler/trigger.h"

#include <algorithm>

#include "model/sample.h"
#include "query/parser.h"

namespace weir::rules {
namespace {

using query::BinaryOp;

std::optional<double> number_of(const query::Expr& expr) {
  const query::Expr& inner = query::unwrap(expr);
  if (const auto* number = inner.as<query::NumberLiteral>()) return number->value;
  const auto* unary = inner.as<query::Unary>();
  const auto* number = unary == nullptr ? nullptr : query::unwrap(*unary->expr).as<query::NumberLiteral>();
  if (number == nullptr) return std::nullopt;
  return unary->negative ? -number->value : number->value;
}

const query::VectorSelector* selector_of(const query::Expr& expr) {
  const auto* selector = query::unwrap(expr).as<query::VectorSelector>();
  const bool is_plain = selector != nullptr && selector->edges == query::Edges::kPlain &&
                        selector->shift.at == query::TimeShift::At::kNone && selector->shift.offset_ms == 0;
  return is_plain ? selector : nullptr;
}

}  // namespace

std::optional<Trigger> Trigger::of(const Rule& rule) {
  if (rule.alert.empty()) return std::nullopt;
  const auto expr = query::parse(rule.expr, {});
  const query::Binary* binary = expr.ok() ? query::filter_of(**expr) : nullptr;
  if (binary == nullptr) return std::nullopt;
  const bool left = selector_of(*binary->lhs) != nullptr;
  const auto* selector = selector_of(left ? *binary->lhs : *binary->rhs);
  const auto bound = number_of(left ? *binary->rhs : *binary->lhs);
  if (selector == nullptr || !bound) return std::nullopt;
  const bool names_metric = std::ranges::any_of(selector->matchers, [](const Matcher& matcher) {
    return matcher.name() == kMetricName && matcher.op() == MatchOp::kEqual && !matcher.value().empty();
  });
  if (!names_metric) return std::nullopt;
  return Trigger(selector->matchers, left ? binary->op : query::mirrored(binary->op), *bound);
}

bool Trigger::holds(double value) const {
  if (is_stale(value)) return false;
  switch (op_) {
    case BinaryOp::kEqual:
      return value == bound_;
    case BinaryOp::kNotEqual:
      return value != bound_;
    case BinaryOp::kLess:
      return value < bound_;
    case BinaryOp::kLessEqual:
      return value <= bound_;
    case BinaryOp::kGreater:
      return value > bound_;
    case BinaryOp::kGreaterEqual:
      return value >= bound_;
    default:
      return false;
  }
}

}  // namespace weir::rules
