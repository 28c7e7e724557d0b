#include "query/stepwise.h"

#include <algorithm>

#include "model/labels.h"
#include "query/functions.h"

namespace weir::query {
namespace {

bool keeps_name(const Function& function) {
  const auto* kernel = std::get_if<RangeKernel>(&function.run);
  return kernel != nullptr && kernel->keeps_name;
}

/// Whether taking the metric's name off a vector's series leaves them different: they have none, or one
/// in common. Says no where it does not know.
struct NameTells {
  bool operator()(const VectorSelector& selector) const { return has_one_name(selector); }
  bool operator()(const MatrixSelector& matrix) const { return has_one_name(matrix.selector); }
  bool operator()(const Subquery& subquery) const { return of(*subquery.expr); }
  bool operator()(const Paren& paren) const { return of(*paren.expr); }
  bool operator()(const Unary& unary) const { return unary.negative || of(*unary.expr); }
  bool operator()(const Call& call) const {
    if (std::holds_alternative<MathKernel>(call.function->run)) return true;
    return std::holds_alternative<RangeKernel>(call.function->run) &&
           (!keeps_name(*call.function) || of(*call.args.back()));
  }
  bool operator()(const Aggregate& aggregate) const {
    const auto& labels = aggregate.grouping;
    const bool by_name = std::find(labels.begin(), labels.end(), kMetricName) != labels.end();
    switch (aggregate.op) {
      case AggregateOp::kTopk:
      case AggregateOp::kBottomk:
      case AggregateOp::kLimitk:
      case AggregateOp::kLimitRatio:
        return of(*aggregate.expr);
      case AggregateOp::kCountValues:
        return false;  // its label may be the name
      default:
        return aggregate.without || !by_name;
    }
  }
  bool operator()(const Binary& binary) const {
    const auto& included = binary.matching.include;
    if (std::find(included.begin(), included.end(), kMetricName) != included.end()) return false;
    const bool drops_name = !is_set_operator(binary.op) && !is_trim(binary.op) &&
                            (!is_comparison(binary.op) || binary.return_bool);
    return drops_name || (tells(*binary.lhs) && tells(*binary.rhs));
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }

  static bool of(const Expr& expr) { return std::visit(NameTells{}, expr.node); }

 private:
  static bool tells(const Expr& operand) { return operand.type() == ValueType::kScalar || of(operand); }
};

struct Stepwise {
  bool operator()(const NumberLiteral& number) const { return !number.of_query; }
  bool operator()(const StringLiteral&) const { return true; }
  bool operator()(const VectorSelector& selector) const { return is_free(selector.shift); }
  bool operator()(const MatrixSelector& matrix) const {
    return matrix.range_text.empty() && is_free(matrix.selector.shift);
  }
  bool operator()(const Subquery& subquery) const {
    return subquery.range_text.empty() && subquery.step_text.empty() && is_free(subquery.shift) &&
           is_stepwise(*subquery.expr);
  }
  bool operator()(const Call& call) const {
    if (call.function->name == "info") return false;
    if (std::holds_alternative<RangeKernel>(call.function->run) && !keeps_name(*call.function) &&
        !std::all_of(call.args.begin(), call.args.end(), differ_without_names))
      return false;
    return all_stepwise(call.args);
  }
  bool operator()(const Aggregate& aggregate) const {
    return is_stepwise(*aggregate.expr) && (aggregate.param == nullptr || is_stepwise(*aggregate.param));
  }
  bool operator()(const Binary& binary) const { return is_stepwise(*binary.lhs) && is_stepwise(*binary.rhs); }
  bool operator()(const Unary& unary) const { return is_stepwise(*unary.expr); }
  bool operator()(const Paren& paren) const { return is_stepwise(*paren.expr); }

 private:
  static bool differ_without_names(const ExprPtr& arg) {
    return arg->type() != ValueType::kMatrix || NameTells::of(*arg);
  }
  static bool all_stepwise(const std::vector<ExprPtr>& exprs) {
    return std::all_of(exprs.begin(), exprs.end(), [](const ExprPtr& expr) { return is_stepwise(*expr); });
  }
  static bool is_free(const TimeShift& shift) {
    return shift.offset_text.empty() && shift.at != TimeShift::At::kStart && shift.at != TimeShift::At::kEnd;
  }
};

}  // namespace

bool is_stepwise(const Expr& expr) {
  return std::visit(Stepwise{}, expr.node);
}

}  // namespace weir::query
