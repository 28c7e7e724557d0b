#include <cmath>

#include <fmt/format.h>

#include "query/engine.h"
#include "query/literals.h"
#include "query/syntax.h"
#include "query/type_check.h"

namespace weir::query {
namespace {

constexpr double kAtSecondsMax = 1e12;  // the year 33658: milliseconds stay exact in a double

std::optional<MatchOp> match_op(const Token& token) {
  if (token.is(TokenKind::kAssign)) return MatchOp::kEqual;
  if (token.is(BinaryOp::kNotEqual)) return MatchOp::kNotEqual;
  if (token.is(TokenKind::kMatchRegex)) return MatchOp::kRegex;
  if (token.is(TokenKind::kMatchNotRegex)) return MatchOp::kNotRegex;
  return std::nullopt;
}

}  // namespace

Result<std::vector<Matcher>> parse_selector(std::string_view text) {
  const ParseLimits limits;
  if (text.size() > limits.text_bytes_max) {
    return resource_exhausted(
        fmt::format("selector: {} bytes of text, limit {}", text.size(), limits.text_bytes_max));
  }
  ASSIGN_OR_RETURN(ExprPtr expr, Syntax(text, limits, std::nullopt).selector_only());
  RETURN_IF_ERROR(type_check(*expr, text));
  return std::move(expr->as<VectorSelector>()->matchers);
}

Result<ExprPtr> Syntax::selector_only() {
  if (token_.is(TokenKind::kLeftBrace)) {
    ASSIGN_OR_RETURN(ExprPtr expr, selector(nullptr));
    if (!token_.is(TokenKind::kEof)) return unexpected();
    return expr;
  }
  if (!token_.is(TokenKind::kIdentifier) && !token_.is(TokenKind::kMetricIdentifier) &&
      token_.kind < TokenKind::kAggregator) {
    return unexpected();
  }
  const Token name = take();
  ASSIGN_OR_RETURN(ExprPtr expr, selector(&name));
  if (!token_.is(TokenKind::kEof)) return unexpected();
  return expr;
}

Result<ExprPtr> Syntax::selector(const Token* name) {
  VectorSelector node;
  TextRange range = name != nullptr ? name->range : token_.range;
  if (token_.is(TokenKind::kLeftBrace)) {
    ASSIGN_OR_RETURN(node.matchers, matchers());
    range.end = last_end_;
  }
  if (name != nullptr) {
    node.name = name->text;
    node.matchers.push_back(Matcher::equal(std::string(kMetricName), node.name));
  }
  return make(range, std::move(node));
}

Result<std::vector<Matcher>> Syntax::matchers() {
  advance();
  std::vector<Matcher> out;
  while (!token_.is(TokenKind::kRightBrace)) {
    ASSIGN_OR_RETURN(Matcher one, matcher());
    out.push_back(std::move(one));
    if (token_.is(TokenKind::kRightBrace)) break;
    if (!token_.is(TokenKind::kComma)) return unexpected("label matching", "\",\" or \"}\"");
    advance();
  }
  advance();
  return out;
}

// `name="value"`, `"any name"="value"`, or a quoted metric name alone.
Result<Matcher> Syntax::matcher() {
  const bool quoted = token_.is(TokenKind::kString);
  if (!quoted && !token_.is(TokenKind::kIdentifier)) {
    return unexpected("label matching", "identifier or \"}\"");
  }
  const Token token = take();
  std::string name(token.text);
  if (quoted) {
    ASSIGN_OR_RETURN(name, unquote(token.text));
  }
  const std::optional<MatchOp> op = match_op(token_);
  if (!op && quoted) return Matcher::equal(std::string(kMetricName), std::move(name));
  if (!op) return unexpected("label matching", "label matching operator");
  advance();
  if (!token_.is(TokenKind::kString)) return unexpected("label matching", "string");
  const Token literal = take();
  ASSIGN_OR_RETURN(std::string value, unquote(literal.text));
  auto matcher = Matcher::create(*op, std::move(name), std::move(value));
  if (!matcher.ok()) return error(token.range, matcher.error().message);
  return matcher;
}

// Ranges, subqueries, `offset` and `@` bind closer than any operator.
Result<ExprPtr> Syntax::suffixed(ExprPtr expr) {
  while (true) {
    if (token_.is(TokenKind::kLeftBracket)) {
      ASSIGN_OR_RETURN(expr, bracket_suffix(std::move(expr)));
    } else if (token_.is(TokenKind::kOffset)) {
      RETURN_IF_ERROR(offset_suffix(*expr));
    } else if (token_.is(TokenKind::kAt)) {
      RETURN_IF_ERROR(at_suffix(*expr));
    } else if (at_edges()) {
      RETURN_IF_ERROR(edges_suffix(*expr));
    } else {
      return expr;
    }
  }
}

bool Syntax::at_number() const {
  return token_.is(TokenKind::kNumber) || token_.is(TokenKind::kDuration) || token_.is(BinaryOp::kAdd) ||
         token_.is(BinaryOp::kSub);
}

Result<ExprPtr> Syntax::bracket_suffix(ExprPtr expr) {
  const size_t open = take().range.begin;
  if (!at_duration()) return unexpected("subquery or range selector", "number, duration, step(), or range()");
  ASSIGN_OR_RETURN(const Duration range, positive_duration());
  if (token_.is(TokenKind::kRightBracket)) {
    advance();
    return matrix(std::move(expr), range, {open, last_end_});
  }
  if (!token_.is(TokenKind::kColon)) return unexpected("subquery or range", "\":\" or \"]\"");
  advance();
  Subquery node;
  node.range_ms = range.ms();
  node.range_text = range.written();
  if (!token_.is(TokenKind::kRightBracket)) {
    if (!at_duration()) return unexpected("subquery selector", "number, duration, step(), range(), or \"]\"");
    ASSIGN_OR_RETURN(const Duration step, positive_duration());
    node.step_ms = step.ms();
    node.step_text = step.written();
    if (!token_.is(TokenKind::kRightBracket)) return unexpected("subquery selector", "\"]\"");
  }
  advance();
  const TextRange place{expr->range.begin, last_end_};
  node.expr = std::move(expr);
  return make(place, std::move(node));
}

Result<ExprPtr> Syntax::matrix(ExprPtr expr, const Duration& range, TextRange bracket) {
  VectorSelector* selector = expr->as<VectorSelector>();
  if (selector == nullptr) return error(bracket, "ranges only allowed for vector selectors");
  if (selector->shift.has_offset) return error(bracket, "no offset modifiers allowed before range");
  // `@ start()` before the range is let through, as Prometheus does; it prints behind it.
  if (selector->shift.at == TimeShift::At::kTime)
    return error(bracket, "no @ modifiers allowed before range");
  const TextRange place{expr->range.begin, bracket.end};
  return make(place, MatrixSelector{std::move(*selector), range.ms(), range.written()});
}

Result<TimeShift*> Syntax::shift_of(Expr& expr, std::string_view modifier) {
  if (VectorSelector* selector = expr.as<VectorSelector>()) return &selector->shift;
  if (MatrixSelector* matrix = expr.as<MatrixSelector>()) return &matrix->selector.shift;
  if (Subquery* subquery = expr.as<Subquery>()) return &subquery->shift;
  return error(expr.range,
               fmt::format("{} modifier must be preceded by an instant vector selector or range vector "
                           "selector or a subquery",
                           modifier));
}

Status Syntax::offset_suffix(Expr& expr) {
  advance();
  if (!at_duration()) return unexpected("offset", "number, duration, step(), or range()");
  const TextRange literal = token_.range;
  ASSIGN_OR_RETURN(const Duration offset, offset_duration());
  if (!(std::fabs(offset.seconds) <= kDurationSecondsMax)) return error(literal, "duration out of range");
  ASSIGN_OR_RETURN(TimeShift * shift, shift_of(expr, "offset"));
  if (shift->has_offset) return error(expr.range, "offset may not be set multiple times");
  shift->offset_ms = offset.ms();
  shift->offset_text = offset.written();
  shift->has_offset = shift->offset_ms != 0 || !shift->offset_text.empty();
  expr.range.end = last_end_;
  return {};
}

std::optional<Edges> Syntax::at_edges() const {
  if (!token_.is(TokenKind::kIdentifier)) return std::nullopt;
  const std::string word = lower(token_.text);
  for (const Edges edges : {Edges::kAnchored, Edges::kSmoothed}) {
    if (word == text(edges)) return edges;
  }
  return std::nullopt;
}

Status Syntax::edges_suffix(Expr& expr) {
  const Edges edges = *at_edges();
  advance();
  VectorSelector* selector = expr.as<VectorSelector>();
  if (MatrixSelector* matrix = expr.as<MatrixSelector>()) selector = &matrix->selector;
  if (selector == nullptr) {
    return error(expr.range, fmt::format("{} modifier {}", text(edges),
                                         expr.as<Subquery>() != nullptr ? "is not supported for subqueries"
                                                                        : "not implemented"));
  }
  if (selector->edges != Edges::kPlain && selector->edges != edges) {
    return error(expr.range, "anchored and smoothed modifiers cannot be used together");
  }
  selector->edges = edges;
  expr.range.end = last_end_;
  return {};
}

Status Syntax::at_suffix(Expr& expr) {
  advance();
  TimeShift::At at = TimeShift::At::kTime;
  double at_s = 0;
  if (token_.is(TokenKind::kStart) || token_.is(TokenKind::kEnd)) {
    at = take().is(TokenKind::kStart) ? TimeShift::At::kStart : TimeShift::At::kEnd;
    for (const TokenKind paren : {TokenKind::kLeftParen, TokenKind::kRightParen}) {
      if (!token_.is(paren)) return unexpected("@", "timestamp");
      advance();
    }
  } else {
    if (!at_number()) return unexpected("@", "timestamp");
    ASSIGN_OR_RETURN(at_s, seconds());
    if (!(std::fabs(at_s) < kAtSecondsMax)) {
      return error(expr.range,
                   fmt::format("timestamp out of bounds for @ modifier: {}", format_number(at_s)));
    }
  }
  ASSIGN_OR_RETURN(TimeShift * shift, shift_of(expr, "@"));
  if (shift->at != TimeShift::At::kNone)
    return error(expr.range, "@ <timestamp> may not be set multiple times");
  shift->at = at;
  shift->at_ms = std::llround(at_s * 1000);
  expr.range.end = last_end_;
  return {};
}

Result<double> Syntax::seconds() {
  double sign = 1;
  if (token_.is(TokenKind::kOperator)) {
    sign = take().op == BinaryOp::kSub ? -1 : 1;
    if (!token_.is(TokenKind::kNumber) && !token_.is(TokenKind::kDuration)) return unexpected();
  }
  ASSIGN_OR_RETURN(const ExprPtr number, literal());
  return sign * number->as<NumberLiteral>()->value;
}

}  // namespace weir::query
