#include "query/ast.h"

#include <array>
#include <utility>

#include "query/functions.h"

namespace weir::query {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 18> kBinaryTexts = {"+",     "-",  "*",  "/",   "%",  "^",
                                                           "atan2", "==", "!=", "<",   "<=", ">",
                                                           ">=",    "</", ">/", "and", "or", "unless"};
constexpr std::array<std::string_view, 14> kAggregateTexts = {
    "sum",    "avg",  "min",     "max",      "count",        "group",  "stddev",
    "stdvar", "topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"};

struct TypeOf {
  ValueType operator()(const NumberLiteral&) const { return ValueType::kScalar; }
  ValueType operator()(const StringLiteral&) const { return ValueType::kString; }
  ValueType operator()(const VectorSelector&) const { return ValueType::kVector; }
  ValueType operator()(const MatrixSelector&) const { return ValueType::kMatrix; }
  ValueType operator()(const Subquery&) const { return ValueType::kMatrix; }
  ValueType operator()(const Call& call) const { return call.function->result; }
  ValueType operator()(const Aggregate&) const { return ValueType::kVector; }
  ValueType operator()(const Unary& unary) const { return unary.expr->type(); }
  ValueType operator()(const Paren& paren) const { return paren.expr->type(); }
  ValueType operator()(const Binary& binary) const {
    const bool scalar = binary.lhs->type() == ValueType::kScalar && binary.rhs->type() == ValueType::kScalar;
    return scalar ? ValueType::kScalar : ValueType::kVector;
  }
};

}  // namespace

std::string_view documented(ValueType type) {
  switch (type) {
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "instant vector";
    case ValueType::kMatrix:
      return "range vector";
    case ValueType::kString:
      return "string";
  }
  return "none";
}

std::string_view api_name(ValueType type) {
  switch (type) {
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "vector";
    case ValueType::kMatrix:
      return "matrix";
    case ValueType::kString:
      return "string";
  }
  return "none";
}

ValueType Expr::type() const {
  return std::visit(TypeOf{}, node);
}

bool has_one_name(const VectorSelector& selector) {
  return std::any_of(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& matcher) {
    return matcher.op() == MatchOp::kEqual && matcher.name() == kMetricName;
  });
}

const Expr& unwrap(const Expr& expr) {
  const Expr* at = &expr;
  while (const Paren* paren = at->as<Paren>()) at = paren->expr.get();
  return *at;
}

Expr& unwrap(Expr& expr) {
  return const_cast<Expr&>(unwrap(std::as_const(expr)));
}

const Binary* filter_of(const Expr& expr) {
  const auto* binary = unwrap(expr).as<Binary>();
  return binary != nullptr && is_comparison(binary->op) && !binary->return_bool ? binary : nullptr;
}

std::string_view text(Edges edges) {
  switch (edges) {
    case Edges::kPlain:
      return "";
    case Edges::kAnchored:
      return "anchored";
    case Edges::kSmoothed:
      return "smoothed";
  }
  return "";
}

std::string_view text(BinaryOp op) {
  return kBinaryTexts[static_cast<size_t>(op)];
}

std::string_view text(AggregateOp op) {
  return kAggregateTexts[static_cast<size_t>(op)];
}

bool is_comparison(BinaryOp op) {
  return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterEqual;
}

BinaryOp mirrored(BinaryOp op) {
  switch (op) {
    case BinaryOp::kLess:
      return BinaryOp::kGreater;
    case BinaryOp::kLessEqual:
      return BinaryOp::kGreaterEqual;
    case BinaryOp::kGreater:
      return BinaryOp::kLess;
    case BinaryOp::kGreaterEqual:
      return BinaryOp::kLessEqual;
    default:
      return op;
  }
}

bool is_set_operator(BinaryOp op) {
  return op >= BinaryOp::kAnd;
}

bool is_trim(BinaryOp op) {
  return op == BinaryOp::kTrimUpper || op == BinaryOp::kTrimLower;
}

bool takes_param(AggregateOp op) {
  return op >= AggregateOp::kTopk;
}

}  // namespace weir::query
