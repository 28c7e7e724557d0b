#include "query/pretty.h"

#include <fmt/format.h>

#include "query/functions.h"
#include "query/printer.h"

namespace weir::query {
namespace {

constexpr size_t kLineBytesMax = 100;
constexpr size_t kIndentBytes = 2;

std::string lines(const Expr& expr, size_t level);

std::string indent(size_t level) {
  return std::string(level * kIndentBytes, ' ');
}

/// The lines of a node that is too long for one, its first one indented.
class Split {
 public:
  Split(const std::string& whole, size_t level) : whole_(whole), level_(level), indent_(indent(level)) {}

  std::string operator()(const Aggregate& aggregate) const {
    const std::string param = aggregate.param == nullptr ? "" : lines(*aggregate.param, level_ + 1) + ",\n";
    return fmt::format("{0}{1}(\n{2}{3}\n{0})", indent_, print_head(aggregate), param,
                       lines(*aggregate.expr, level_ + 1));
  }
  std::string operator()(const Binary& binary) const {
    return fmt::format("{}\n{}{}\n{}", lines(*binary.lhs, level_ + 1), indent_, print_operator(binary),
                       lines(*binary.rhs, level_ + 1));
  }
  std::string operator()(const Call& call) const {
    std::string args;
    for (const ExprPtr& arg : call.args) args += (args.empty() ? "" : ",\n") + lines(*arg, level_ + 1);
    return fmt::format("{0}{1}(\n{2}\n{0})", indent_, call.function->name, args);
  }
  std::string operator()(const Paren& paren) const {
    return fmt::format("{0}(\n{1}\n{0})", indent_, lines(*paren.expr, level_ + 1));
  }
  std::string operator()(const Subquery& subquery) const {
    return lines(*subquery.expr, level_) + print_suffix(subquery);
  }
  std::string operator()(const Unary& unary) const {
    const std::string operand = lines(*unary.expr, level_);
    return indent_ + (unary.negative ? '-' : '+') + operand.substr(operand.find_first_not_of(' '));
  }
  /// Selectors and literals have no parts.
  template <typename Leaf>
  std::string operator()(const Leaf&) const {
    return indent_ + whole_;
  }

 private:
  const std::string& whole_;
  const size_t level_;
  const std::string indent_;
};

std::string lines(const Expr& expr, size_t level) {
  const std::string whole = print(expr);
  if (whole.size() > kLineBytesMax) return std::visit(Split(whole, level), expr.node);
  return expr.as<Subquery>() != nullptr ? whole
                                        : indent(level) + whole;  // Prometheus, too, does not indent it
}

}  // namespace

std::string pretty(const Expr& expr) {
  return lines(expr, 0);
}

}  // namespace weir::query
