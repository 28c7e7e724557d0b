#include "rules/explain/conditions.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "query/parser.h"
#include "query/printer.h"
#include "rules/evaluation/instant_vector.h"

namespace weir::rules::explain {
namespace {

using query::BinaryOp;
using query::Expr;
using query::ExprPtr;

ExprPtr in_parentheses(ExprPtr expr) {
  auto out = std::make_unique<Expr>();
  out->range = expr->range;
  out->node = query::Paren{std::move(expr)};
  return out;
}

/// Evaluates conditions at one time. Lives for one call.
class Looker {
 public:
  Looker(TimestampMs at_ms, const std::function<bool(LabelsView)>& matches, const ExplainLimits& limits,
         const Parts& parts)
      : at_ms_(at_ms), matches_(matches), limits_(limits), parts_(parts) {}

  // What it has looked at may be changed.
  void visit(Expr& outer) {
    Expr& expr = query::unwrap(outer);
    if (out_.size() == limits_.conditions_max) return;
    auto* binary = expr.as<query::Binary>();
    if (binary != nullptr && query::is_set_operator(binary->op)) {
      visit(*binary->lhs);
      visit(*binary->rhs);
    } else {
      out_.push_back(look(expr, binary));
    }
  }
  std::vector<Condition> take() { return std::move(out_); }

 private:
  Condition look(Expr& expr, query::Binary* binary) const {
    Condition out;
    out.condition = query::print(expr);
    const bool compares = query::filter_of(expr) != nullptr;
    const Status status = !compares ? values(out.condition, out) : compare(expr, *binary, out);
    if (!status.ok()) out.error = status.error().message;
    return out;
  }

  Status compare(Expr& expr, query::Binary& binary, Condition& out) const {
    const bool right = binary.rhs->type() == query::ValueType::kScalar;
    if (right || binary.lhs->type() == query::ValueType::kScalar) {
      out.op = query::text(right ? binary.op : query::mirrored(binary.op));
      RETURN_IF_ERROR(bound(query::print(right ? *binary.rhs : *binary.lhs), out));
      return values(query::print(right ? *binary.lhs : *binary.rhs), out);
    }
    out.op = query::text(binary.op);
    out.bound = 0;
    binary.op = BinaryOp::kSub;
    binary.lhs = in_parentheses(std::move(binary.lhs));
    binary.rhs = in_parentheses(std::move(binary.rhs));
    return values(query::print(expr), out);
  }

  Status bound(const std::string& expr, Condition& out) const {
    ASSIGN_OR_RETURN(const std::vector<RuleSample> found, ask(expr));
    if (!found.empty()) out.bound = std::get<double>(found.front().value);
    return {};
  }

  Status values(std::string expr, Condition& out) const {
    out.expr = std::move(expr);
    ASSIGN_OR_RETURN(std::vector<RuleSample> found, ask(out.expr));
    std::erase_if(found, [this](const RuleSample& sample) { return !matches_(sample.labels); });
    out.count = found.size();
    if (out.bound) {
      std::ranges::stable_sort(found, {}, [&](const RuleSample& one) { return distance(one, *out.bound); });
    }
    if (found.size() > limits_.series_max) found.resize(limits_.series_max);
    out.values = std::move(found);
    return {};
  }

  // What cannot be compared is the furthest.
  static double distance(const RuleSample& sample, double bound) {
    const double* value = std::get_if<double>(&sample.value);
    const double far = value == nullptr ? NAN : std::abs(*value - bound);
    return std::isnan(far) ? INFINITY : far;
  }

  Result<std::vector<RuleSample>> ask(const std::string& expr) const {
    return instant_vector(parts_.engine, parts_.context, expr, at_ms_);
  }

  const TimestampMs at_ms_;
  const std::function<bool(LabelsView)>& matches_;
  const ExplainLimits& limits_;
  const Parts& parts_;
  std::vector<Condition> out_;
};

}  // namespace

Result<std::vector<Condition>> conditions_of(const std::string& expr, TimestampMs at_ms,
                                             const std::function<bool(LabelsView)>& matches,
                                             const ExplainLimits& limits, const Parts& parts) {
  ASSIGN_OR_RETURN(const ExprPtr tree, query::parse(expr, parts.engine.parse_limits()));
  Looker looker(at_ms, matches, limits, parts);
  looker.visit(*tree);
  return looker.take();
}

}  // namespace weir::rules::explain
