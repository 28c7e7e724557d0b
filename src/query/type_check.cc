#include "query/type_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "query/functions.h"
#include "query/literals.h"
#include "query/parser.h"

namespace weir::query {
namespace {

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  Result<ValueType> check(const Expr& expr) {
    return std::visit([&](const auto& node) { return visit(expr, node); }, expr.node);
  }

 private:
  Error error(const Expr& at, std::string_view message) const {
    return parse_error(text_, at.range, message);
  }

  Result<ValueType> visit(const Expr&, const NumberLiteral&) { return ValueType::kScalar; }
  Result<ValueType> visit(const Expr&, const StringLiteral&) { return ValueType::kString; }

  Result<ValueType> visit(const Expr& expr, const VectorSelector& selector) {
    RETURN_IF_ERROR(check_matchers(expr, selector));
    return ValueType::kVector;
  }

  Result<ValueType> visit(const Expr& expr, const MatrixSelector& matrix) {
    RETURN_IF_ERROR(check_matchers(expr, matrix.selector));
    return ValueType::kMatrix;
  }

  Result<ValueType> visit(const Expr& expr, const Subquery& subquery) {
    ASSIGN_OR_RETURN(const ValueType type, check(*subquery.expr));
    if (type == ValueType::kVector) return ValueType::kMatrix;
    return error(expr,
                 fmt::format("subquery is only allowed on instant vector, got {} instead", api_name(type)));
  }

  Result<ValueType> visit(const Expr&, const Paren& paren) { return check(*paren.expr); }

  Result<ValueType> visit(const Expr& expr, const Unary& unary) {
    ASSIGN_OR_RETURN(const ValueType type, check(*unary.expr));
    if (type == ValueType::kScalar || type == ValueType::kVector) return type;
    return error(
        expr, fmt::format(
                  "unary expression only allowed on expressions of type scalar or instant vector, got \"{}\"",
                  documented(type)));
  }

  Result<ValueType> visit(const Expr&, const Aggregate& aggregate) {
    RETURN_IF_ERROR(expect(*aggregate.expr, ValueType::kVector, "aggregation expression"));
    if (aggregate.param != nullptr) {
      const bool text_param = aggregate.op == AggregateOp::kCountValues;
      RETURN_IF_ERROR(expect(*aggregate.param, text_param ? ValueType::kString : ValueType::kScalar,
                             "aggregation parameter"));
    }
    return ValueType::kVector;
  }

  Result<ValueType> visit(const Expr& expr, const Call& call) {
    RETURN_IF_ERROR(check_argument_count(expr, call));
    const Function& function = *call.function;
    for (size_t i = 0; i < call.args.size(); ++i) {
      if (function.name == "info" && i == 1) {
        RETURN_IF_ERROR(check_label_selector(*call.args[i]));
        continue;
      }
      const ValueType wanted = function.args[std::min(i, function.args.size() - 1)];
      RETURN_IF_ERROR(
          expect(*call.args[i], wanted, fmt::format("call to function {}", quote(function.name))));
    }
    return function.result;
  }

  Result<ValueType> visit(const Expr& expr, const Binary& binary) {
    ASSIGN_OR_RETURN(const ValueType left, check(*binary.lhs));
    ASSIGN_OR_RETURN(const ValueType right, check(*binary.rhs));
    RETURN_IF_ERROR(check_operator(binary, left, right));
    const auto operand = [](ValueType type) {
      return type == ValueType::kScalar || type == ValueType::kVector;
    };
    constexpr std::string_view kOperands =
        "binary expression must contain only scalar and instant vector types";
    if (!operand(left)) return error(*binary.lhs, kOperands);
    if (!operand(right)) return error(*binary.rhs, kOperands);
    const bool vectors = left == ValueType::kVector && right == ValueType::kVector;
    RETURN_IF_ERROR(check_matching(expr, binary, vectors));
    return left == right ? left : ValueType::kVector;
  }

  // Matchers that are no selector of their own, and so may match series without labels.
  Status check_label_selector(const Expr& expr) {
    if (expr.type() != ValueType::kVector) {
      return error(expr, fmt::format("expected type {} in call to function \"info\", got {}",
                                     documented(ValueType::kVector), documented(expr.type())));
    }
    const auto* selector = expr.as<VectorSelector>();
    if (selector == nullptr) return error(expr, "expected label selectors only");
    if (selector->name.empty()) return {};
    return error(expr, "expected label selectors only, got vector selector instead");
  }

  Status expect(const Expr& expr, ValueType wanted, std::string_view context) {
    ASSIGN_OR_RETURN(const ValueType type, check(expr));
    if (type == wanted) return {};
    return error(
        expr, fmt::format("expected type {} in {}, got {}", documented(wanted), context, documented(type)));
  }

  Status check_argument_count(const Expr& expr, const Call& call) {
    const Function& function = *call.function;
    const size_t given = call.args.size();
    const size_t named = function.args.size();
    const auto mismatch = [&](std::string_view bound, size_t count) {
      return error(expr, fmt::format("expected {}{} argument(s) in call to {}, got {}", bound, count,
                                     quote(function.name), given));
    };
    if (function.variadic == 0) {
      if (given != named) return mismatch("", named);
      return {};
    }
    if (given < named - 1) return mismatch("at least ", named - 1);
    if (function.variadic > 0) {
      const size_t most = named - 1 + static_cast<size_t>(function.variadic);
      if (given > most) return mismatch("at most ", most);
    }
    return {};
  }

  // What concerns the operator itself is reported at its place, between the operands.
  Status check_operator(const Binary& binary, ValueType left, ValueType right) {
    const auto operator_error = [&](std::string_view message) {
      size_t begin = binary.lhs->range.end;
      while (begin < text_.size() && std::string_view(" \t\r\n").find(text_[begin]) != std::string_view::npos)
        ++begin;
      return parse_error(text_, {begin, binary.rhs->range.begin}, message);
    };
    if (binary.return_bool && !is_comparison(binary.op)) {
      return operator_error("bool modifier can only be used on comparison operators");
    }
    if (is_comparison(binary.op) && !binary.return_bool && left == ValueType::kScalar &&
        right == ValueType::kScalar) {
      return operator_error("comparisons between scalars must use BOOL modifier");
    }
    if (!binary.matching.on) return {};
    for (const std::string& label : binary.matching.labels) {
      const auto& include = binary.matching.include;
      if (std::find(include.begin(), include.end(), label) != include.end()) {
        return operator_error(
            fmt::format("label {} must not occur in ON and GROUP clause at once", quote(label)));
      }
    }
    return {};
  }

  Status check_matching(const Expr& expr, const Binary& binary, bool vectors) {
    using Card = VectorMatching::Card;
    const VectorMatching& matching = binary.matching;
    if (!vectors && !matching.labels.empty()) {
      return error(expr, "vector matching only allowed between instant vectors");
    }
    if (!vectors && matching.fills()) {
      return error(expr, "filling in missing series only allowed between instant vectors");
    }
    if (!is_set_operator(binary.op)) return {};
    if (!vectors) {
      return error(
          expr, fmt::format("set operator \"{}\" not allowed in binary scalar expression", text(binary.op)));
    }
    if (matching.card == Card::kManyToOne || matching.card == Card::kOneToMany) {
      return error(expr, fmt::format("no grouping allowed for \"{}\" operation", text(binary.op)));
    }
    if (matching.fills()) return error(expr, "filling in missing series not allowed for set operators");
    return {};
  }

  Status check_matchers(const Expr& expr, const VectorSelector& selector) {
    if (!selector.name.empty()) {
      for (size_t i = 0; i + 1 < selector.matchers.size(); ++i) {
        if (selector.matchers[i].name() == kMetricName) {
          return error(expr, fmt::format("metric name must not be set twice: {} or {}", quote(selector.name),
                                         quote(selector.matchers[i].value())));
        }
      }
      return {};
    }
    if (!all_match_absent(selector.matchers)) return {};
    return error(expr, "vector selector must contain at least one non-empty matcher");
  }

  std::string_view text_;
};

}  // namespace

Status type_check(const Expr& expr, std::string_view text) {
  RETURN_IF_ERROR(Checker(text).check(expr));
  return {};
}

}  // namespace weir::query
