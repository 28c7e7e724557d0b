#include <algorithm>
#include <array>

#include "query/evaluation.h"
#include "query/functions.h"

namespace weir::query {
namespace {

// Their result depends on the time of the step, whatever their arguments are; `info` may look for series at
// it.
constexpr std::array<std::string_view, 12> kOfStepTime = {
    "info",        "time",         "timestamp",   "predict_linear", "minute", "hour",
    "day_of_week", "day_of_month", "day_of_year", "days_in_month",  "month",  "year"};

bool all_invariant(const std::vector<ExprPtr>& exprs) {
  return std::all_of(exprs.begin(), exprs.end(),
                     [](const ExprPtr& expr) { return is_step_invariant(*expr); });
}

bool is_fixed(const TimeShift& shift) {
  return shift.at != TimeShift::At::kNone;
}

struct Invariance {
  bool operator()(const NumberLiteral&) const { return true; }
  bool operator()(const StringLiteral&) const { return true; }
  bool operator()(const VectorSelector& selector) const { return is_fixed(selector.shift); }
  bool operator()(const MatrixSelector& matrix) const { return is_fixed(matrix.selector.shift); }
  bool operator()(const Subquery& subquery) const { return is_fixed(subquery.shift); }
  bool operator()(const Call& call) const {
    const auto& names = kOfStepTime;
    const bool of_step = std::find(names.begin(), names.end(), call.function->name) != names.end();
    return !of_step && all_invariant(call.args);
  }
  bool operator()(const Aggregate& aggregate) const {
    return is_step_invariant(*aggregate.expr) &&
           (aggregate.param == nullptr || is_step_invariant(*aggregate.param));
  }
  bool operator()(const Binary& binary) const {
    return is_step_invariant(*binary.lhs) && is_step_invariant(*binary.rhs);
  }
  bool operator()(const Unary& unary) const { return is_step_invariant(*unary.expr); }
  bool operator()(const Paren& paren) const { return is_step_invariant(*paren.expr); }
};

}  // namespace

bool is_step_invariant(const Expr& expr) {
  return std::visit(Invariance{}, expr.node);
}

}  // namespace weir::query
