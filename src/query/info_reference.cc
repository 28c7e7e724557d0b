#include "query/info_reference.h"

#include <optional>

#include "query/functions.h"

namespace weir::query {
namespace {

/// Walks what yields the series of a vector, and compares where its selectors look. Lives for one call.
class References {
 public:
  explicit References(const Evaluation& evaluation) : evaluation_(evaluation) {}

  TimeShift of(const Expr& expr) {
    inspect(expr);
    return common_ && uniform_ ? *common_ : TimeShift();
  }

 private:
  // Whether there is a selector in the expression. A vector without one, such as `vector(1)`, is of the step.
  bool inspect(const Expr& expr) {
    const ValueType type = expr.type();
    if (type != ValueType::kVector && type != ValueType::kMatrix) return false;
    const bool has_selector = std::visit([&](const auto& node) { return visit(node); }, expr.node);
    if (!has_selector) uniform_ = false;
    return has_selector;
  }

  bool visit(const NumberLiteral&) { return false; }
  bool visit(const StringLiteral&) { return false; }
  bool visit(const VectorSelector& selector) { return add(selector.shift); }
  bool visit(const MatrixSelector& matrix) { return add(matrix.selector.shift); }
  bool visit(const Subquery& subquery) {
    subqueries_.push_back(&subquery.shift);
    const bool found = inspect(*subquery.expr);
    subqueries_.pop_back();
    return found;
  }
  bool visit(const Call& call) {
    if (call.function->name == "info") return inspect(*call.args[0]);  // the second is no selector
    bool found = false;
    for (const ExprPtr& arg : call.args) found = inspect(*arg) || found;
    return found;
  }
  bool visit(const Aggregate& aggregate) { return inspect(*aggregate.expr); }
  bool visit(const Binary& binary) {
    const bool left = inspect(*binary.lhs);
    return inspect(*binary.rhs) || left;
  }
  bool visit(const Unary& unary) { return inspect(*unary.expr); }
  bool visit(const Paren& paren) { return inspect(*paren.expr); }

  // Subqueries around a selector move it too, up to one that `@` fixes in time.
  bool add(TimeShift shift) {
    for (auto at = subqueries_.rbegin(); at != subqueries_.rend() && shift.at == TimeShift::At::kNone; ++at) {
      shift.offset_ms += (*at)->offset_ms;
      shift.at = (*at)->at;
      shift.at_ms = (*at)->at_ms;
    }
    if (!common_) common_ = shift;
    uniform_ = uniform_ && same(*common_, shift);
    return true;
  }

  bool same(const TimeShift& a, const TimeShift& b) const {
    const Steps zero;
    return (a.at == TimeShift::At::kNone) == (b.at == TimeShift::At::kNone) &&
           evaluation_.shifted(zero, a).first_ms == evaluation_.shifted(zero, b).first_ms;
  }

  const Evaluation& evaluation_;
  std::vector<const TimeShift*> subqueries_;
  std::optional<TimeShift> common_;
  bool uniform_ = true;
};

}  // namespace

TimeShift info_reference(const Evaluation& evaluation, const Expr& expr) {
  return References(evaluation).of(expr);
}

}  // namespace weir::query
