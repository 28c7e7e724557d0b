#include "query/selectors.h"

#include <utility>

#include "query/parser.h"

namespace weir::query {
namespace {

/// Walks an expression in the order of its text. Lives for one call.
class Collector {
 public:
  void visit(Expr& expr) {
    std::visit([&](auto& node) { (*this)(node); }, expr.node);
  }
  std::vector<std::vector<Matcher>> take() { return std::move(selectors_); }

 private:
  void operator()(NumberLiteral&) {}
  void operator()(StringLiteral&) {}
  void operator()(VectorSelector& selector) { selectors_.push_back(std::move(selector.matchers)); }
  void operator()(MatrixSelector& matrix) { (*this)(matrix.selector); }
  void operator()(Subquery& subquery) { visit(*subquery.expr); }
  void operator()(Call& call) {
    for (const ExprPtr& arg : call.args) visit(*arg);
  }
  void operator()(Aggregate& aggregate) {
    if (aggregate.param != nullptr) visit(*aggregate.param);
    visit(*aggregate.expr);
  }
  void operator()(Binary& binary) {
    visit(*binary.lhs);
    visit(*binary.rhs);
  }
  void operator()(Unary& unary) { visit(*unary.expr); }
  void operator()(Paren& paren) { visit(*paren.expr); }

  std::vector<std::vector<Matcher>> selectors_;
};

}  // namespace

Result<std::vector<std::vector<Matcher>>> parse_selectors(std::string_view text) {
  ASSIGN_OR_RETURN(const ExprPtr expr, parse(text, ParseLimits()));
  Collector collector;
  collector.visit(*expr);
  return collector.take();
}

}  // namespace weir::query
