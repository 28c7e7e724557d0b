#include "query/parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/suggest.h"
#include "query/functions.h"
#include "query/literals.h"
#include "query/syntax.h"
#include "query/type_check.h"

namespace weir::query {
namespace {

constexpr int kLowest = 1;
constexpr int kMultiply = 5;
constexpr int kPower = 6;

int precedence(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
      return kLowest;
    case BinaryOp::kAnd:
    case BinaryOp::kUnless:
      return 2;
    case BinaryOp::kAdd:
    case BinaryOp::kSub:
      return 4;
    case BinaryOp::kMul:
    case BinaryOp::kDiv:
    case BinaryOp::kMod:
    case BinaryOp::kAtan2:
      return kMultiply;
    case BinaryOp::kPow:
      return kPower;
    default:
      return 3;  // comparisons
  }
}

// Keywords that may name a metric where an expression begins.
bool names_metric(TokenKind kind) {
  switch (kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kMetricIdentifier:
    case TokenKind::kAggregator:
    case TokenKind::kOffset:
    case TokenKind::kBy:
    case TokenKind::kWithout:
    case TokenKind::kStart:
    case TokenKind::kEnd:
      return true;
    default:
      return false;
  }
}

std::string unknown_function(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Function& function : all_functions()) names.push_back(function.name);
  return fmt::format("unknown function with name {}{}", quote(name), did_you_mean(name, names));
}

}  // namespace

Error parse_error(std::string_view text, TextRange range, std::string_view message) {
  const std::string_view before = text.substr(0, std::min(range.begin, text.size()));
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return invalid_argument(
      fmt::format("{}:{}: parse error: {}", line, before.size() - line_begin + 1, message));
}

Result<ExprPtr> parse(std::string_view text, const ParseLimits& limits,
                      const std::optional<QueryTimes>& times) {
  if (text.size() > limits.text_bytes_max) {
    return resource_exhausted(
        fmt::format("query: {} bytes of text, limit {}", text.size(), limits.text_bytes_max));
  }
  ASSIGN_OR_RETURN(ExprPtr expr, Syntax(text, limits, times).expression());
  RETURN_IF_ERROR(type_check(*expr, text));
  return expr;
}

Status Syntax::Nesting::check() const {
  if (syntax_.depth_ <= syntax_.limits_.depth_max) return {};
  return resource_exhausted(fmt::format("query: nested deeper than {} at byte {}", syntax_.limits_.depth_max,
                                        syntax_.token_.range.begin));
}

Result<ExprPtr> Syntax::make(TextRange range, Expr::Node node) {
  if (++nodes_ > limits_.nodes_max) {
    return resource_exhausted(fmt::format("query: more than {} operations and operands", limits_.nodes_max));
  }
  return std::make_unique<Expr>(Expr{range, std::move(node)});
}

Error Syntax::unexpected(std::string_view context, std::string_view expected) const {
  if (token_.is(TokenKind::kError)) return error(token_.range, token_.error);
  std::string message = "unexpected " + token_.describe();
  if (!context.empty()) message.append(" in ").append(context);
  if (!expected.empty()) message.append(", expected ").append(expected);
  return error(token_.range, message);
}

Result<ExprPtr> Syntax::expression() {
  if (token_.is(TokenKind::kEof)) return error({}, "no expression found in input");
  ASSIGN_OR_RETURN(ExprPtr expr, binary(kLowest));
  if (!token_.is(TokenKind::kEof)) return unexpected();
  return expr;
}

// Precedence climbing: operators of at least `precedence_min` belong to this level.
Result<ExprPtr> Syntax::binary(int precedence_min) {
  ASSIGN_OR_RETURN(ExprPtr lhs, unary());
  while (token_.is(TokenKind::kOperator) && precedence(token_.op) >= precedence_min) {
    const BinaryOp op = take().op;
    Binary node;
    node.op = op;
    ASSIGN_OR_RETURN(node.matching, matching(op, node.return_bool));
    const bool right_associative = op == BinaryOp::kPow;
    const Nesting nesting(*this);
    RETURN_IF_ERROR(nesting.check());
    ASSIGN_OR_RETURN(node.rhs, binary(precedence(op) + (right_associative ? 0 : 1)));
    const TextRange range{lhs->range.begin, node.rhs->range.end};
    node.lhs = std::move(lhs);
    ASSIGN_OR_RETURN(lhs, make(range, std::move(node)));
  }
  return lhs;
}

// A sign binds like a product: `-a ^ b` is `-(a ^ b)`, `-a * b` is `(-a) * b`. Signs of numbers are folded
// into them.
Result<ExprPtr> Syntax::unary() {
  if (!token_.is(BinaryOp::kAdd) && !token_.is(BinaryOp::kSub)) {
    ASSIGN_OR_RETURN(ExprPtr expr, primary());
    return suffixed(std::move(expr));
  }
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  const Token sign = take();
  const bool negative = sign.op == BinaryOp::kSub;
  ASSIGN_OR_RETURN(ExprPtr expr, binary(kPower));
  if (NumberLiteral* number = expr->as<NumberLiteral>()) {
    if (negative) number->value = -number->value;
    expr->range.begin = sign.range.begin;
    return expr;
  }
  const TextRange range{sign.range.begin, expr->range.end};
  return make(range, Unary{negative, std::move(expr)});
}

Result<ExprPtr> Syntax::primary() {
  switch (token_.kind) {
    case TokenKind::kNumber:
    case TokenKind::kDuration:
    case TokenKind::kString:
      return literal();
    case TokenKind::kLeftParen:
      return paren();
    case TokenKind::kLeftBrace:
      return selector(nullptr);
    case TokenKind::kOperator:
      if (is_set_operator(token_.op)) return word();
      return unexpected();
    default:
      if (names_metric(token_.kind)) return word();
      return unexpected();
  }
}

Result<ExprPtr> Syntax::paren() {
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  const size_t begin = take().range.begin;
  ASSIGN_OR_RETURN(ExprPtr inner, binary(kLowest));
  if (!token_.is(TokenKind::kRightParen)) return unexpected();
  const size_t end = take().range.end;
  return make({begin, end}, Paren{std::move(inner)});
}

Result<ExprPtr> Syntax::literal() {
  const Token token = take();
  if (token.is(TokenKind::kString)) {
    ASSIGN_OR_RETURN(std::string value, unquote(token.text));
    return make(token.range, StringLiteral{std::move(value)});
  }
  if (token.is(TokenKind::kDuration)) {
    const auto duration_ms = parse_duration(token.text);
    if (!duration_ms.ok()) return error(token.range, duration_ms.error().message);
    return make(token.range, NumberLiteral{static_cast<double>(*duration_ms) / 1000, true});
  }
  const auto value = parse_number(token.text);
  if (!value.ok()) return error(token.range, value.error().message);
  return make(token.range, NumberLiteral{*value, false});
}

// A word begins an aggregation, a call, or a selector, by what follows it.
Result<ExprPtr> Syntax::word() {
  const Token name = take();
  if (name.is(TokenKind::kAggregator) &&
      (token_.is(TokenKind::kLeftParen) || token_.is(TokenKind::kBy) || token_.is(TokenKind::kWithout))) {
    return aggregate(name);
  }
  const bool callable =
      name.is(TokenKind::kIdentifier) || name.is(TokenKind::kStart) || name.is(TokenKind::kEnd);
  if (callable && token_.is(TokenKind::kLeftParen)) return call(name);
  return selector(&name);
}

Result<ExprPtr> Syntax::call(const Token& name) {
  Call node;
  ASSIGN_OR_RETURN(node.args, arguments());
  node.function = find_function(name.text);
  if (node.function == nullptr) return error(name.range, unknown_function(name.text));
  if (!limits_.experimental && is_experimental(name.text)) {
    return error(name.range,
                 fmt::format("function \"{}\" is not enabled: it is experimental, and the setting "
                             "query.experimental is off",
                             name.text));
  }
  if (const auto value = time_of_query(name.text); value && node.args.empty()) {
    return make({name.range.begin, last_end_}, NumberLiteral{*value, false, true});
  }
  return make({name.range.begin, last_end_}, std::move(node));
}

std::optional<double> Syntax::time_of_query(std::string_view function) const {
  const auto seconds = [](int64_t ms) { return static_cast<double>(ms) / 1000; };
  if (!times_) return std::nullopt;
  if (function == "start") return seconds(times_->start_ms);
  if (function == "end") return seconds(times_->end_ms);
  if (function == "range") return seconds(times_->end_ms - times_->start_ms);
  if (function == "step") return times_->start_ms == times_->end_ms ? 0 : seconds(times_->step_ms);
  return std::nullopt;
}

Result<std::vector<ExprPtr>> Syntax::arguments() {
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  if (!token_.is(TokenKind::kLeftParen)) return unexpected("aggregation");
  advance();
  std::vector<ExprPtr> args;
  if (token_.is(TokenKind::kRightParen)) {
    advance();
    return args;
  }
  while (true) {
    ASSIGN_OR_RETURN(ExprPtr arg, binary(kLowest));
    args.push_back(std::move(arg));
    if (token_.is(TokenKind::kRightParen)) break;
    if (!token_.is(TokenKind::kComma)) return unexpected();
    const Token comma = take();
    if (token_.is(TokenKind::kRightParen)) {
      return error(comma.range, "trailing commas not allowed in function call args");
    }
  }
  advance();
  return args;
}

Result<ExprPtr> Syntax::aggregate(const Token& op) {
  Aggregate node;
  node.op = op.aggregate;
  const bool clause_first = !token_.is(TokenKind::kLeftParen);
  if (clause_first) RETURN_IF_ERROR(aggregate_clause(node));
  ASSIGN_OR_RETURN(std::vector<ExprPtr> args, arguments());
  if (!clause_first && (token_.is(TokenKind::kBy) || token_.is(TokenKind::kWithout))) {
    RETURN_IF_ERROR(aggregate_clause(node));
  }
  const TextRange range{op.range.begin, last_end_};
  if (!limits_.experimental && (node.op == AggregateOp::kLimitk || node.op == AggregateOp::kLimitRatio)) {
    return error(range, fmt::format("{}() is experimental and must be enabled with query.experimental",
                                    text(node.op)));
  }
  if (args.empty()) return error(range, "no arguments for aggregate expression provided");
  const size_t wanted = takes_param(node.op) ? 2 : 1;
  if (args.size() != wanted) {
    return error(
        range, fmt::format("wrong number of arguments for aggregate expression provided, expected {}, got {}",
                           wanted, args.size()));
  }
  node.expr = std::move(args.back());
  if (wanted == 2) node.param = std::move(args.front());
  return make(range, std::move(node));
}

Status Syntax::aggregate_clause(Aggregate& aggregate) {
  aggregate.without = take().is(TokenKind::kWithout);
  ASSIGN_OR_RETURN(aggregate.grouping, label_list());
  return {};
}

Result<VectorMatching> Syntax::matching(BinaryOp op, bool& return_bool) {
  VectorMatching matching;
  if (is_set_operator(op)) matching.card = VectorMatching::Card::kManyToMany;
  if (token_.is(TokenKind::kBool)) {
    return_bool = true;
    advance();
  }
  if (token_.is(TokenKind::kOn) || token_.is(TokenKind::kIgnoring)) RETURN_IF_ERROR(match_labels(matching));
  while (at_fill()) RETURN_IF_ERROR(fill(matching));
  return matching;
}

Status Syntax::match_labels(VectorMatching& matching) {
  matching.on = take().is(TokenKind::kOn);
  ASSIGN_OR_RETURN(matching.labels, label_list());
  if (!token_.is(TokenKind::kGroupLeft) && !token_.is(TokenKind::kGroupRight)) return {};
  matching.card =
      take().is(TokenKind::kGroupLeft) ? VectorMatching::Card::kManyToOne : VectorMatching::Card::kOneToMany;
  if (token_.is(TokenKind::kLeftParen)) {
    ASSIGN_OR_RETURN(matching.include, label_list());
  }
  return {};
}

// A metric may have such a name; only a modifier has a parenthesis behind it.
bool Syntax::at_fill() const {
  if (!token_.is(TokenKind::kIdentifier)) return false;
  const std::string word = lower(token_.text);
  if (word != "fill" && word != "fill_left" && word != "fill_right") return false;
  return Lexer(lexer_).next().is(TokenKind::kLeftParen);
}

Status Syntax::fill(VectorMatching& matching) {
  const Token name = take();
  const std::string word = lower(name.text);
  const bool left = word != "fill_right";
  const bool right = word != "fill_left";
  if ((left && matching.fill_left) || (right && matching.fill_right)) {
    return error(name.range, fmt::format("unexpected <{}>", word));
  }
  advance();
  if (!at_number()) return unexpected();
  ASSIGN_OR_RETURN(const double value, seconds());
  if (!token_.is(TokenKind::kRightParen)) return unexpected();
  advance();
  if (left) matching.fill_left = value;
  if (right) matching.fill_right = value;
  return {};
}

Result<std::vector<std::string>> Syntax::label_list() {
  if (!token_.is(TokenKind::kLeftParen)) return unexpected("grouping opts", "\"(\"");
  advance();
  std::vector<std::string> labels;
  while (!token_.is(TokenKind::kRightParen)) {
    ASSIGN_OR_RETURN(std::string label, grouping_label());
    labels.push_back(std::move(label));
    if (token_.is(TokenKind::kRightParen)) break;
    if (!token_.is(TokenKind::kComma)) return unexpected("grouping opts", "\",\" or \")\"");
    advance();
  }
  advance();
  return labels;
}

Result<std::string> Syntax::grouping_label() {
  if (token_.is(TokenKind::kString)) {
    const Token token = take();
    ASSIGN_OR_RETURN(std::string label, unquote(token.text));
    if (label.empty()) return error(token.range, "invalid label name for grouping: \"\"");
    return label;
  }
  const bool operator_word =
      token_.is(TokenKind::kOperator) && (is_set_operator(token_.op) || token_.op == BinaryOp::kAtan2);
  const bool keyword = token_.kind >= TokenKind::kAggregator && !token_.is(TokenKind::kWithout);
  if (operator_word || keyword || token_.is(TokenKind::kIdentifier) ||
      token_.is(TokenKind::kMetricIdentifier)) {
    return std::string(take().text);
  }
  return unexpected("grouping opts", "label");
}

}  // namespace weir::query
