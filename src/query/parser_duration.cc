#include <cmath>

#include <fmt/format.h>

#include "base/duration.h"
#include "query/literals.h"
#include "query/syntax.h"

// Durations in brackets and behind `offset`: numbers of seconds and literals such as `5m`, with arithmetic,
// `step()`, `range()`, `min_of` and `max_of`. They are constant for a query, so the parser works them out.
namespace weir::query {
namespace {

Duration combined(const Duration& left, BinaryOp op, const Duration& right, double seconds) {
  return {seconds, fmt::format("{} {} {}", left.text, text(op), right.text), false,
          left.of_times || right.of_times};
}

Duration negated(Duration value) {
  value.seconds = -value.seconds;
  value.text = '-' + value.text;
  return value;
}

}  // namespace

bool Syntax::at_duration() const {
  if (at_number() || token_.is(TokenKind::kLeftParen)) return true;
  if (!token_.is(TokenKind::kIdentifier)) return false;
  const std::string word = lower(token_.text);
  return word == "step" || word == "range" || word == "min_of" || word == "max_of";
}

Result<Duration> Syntax::positive_duration() {
  const TextRange range = token_.range;
  ASSIGN_OR_RETURN(Duration duration, duration_sum());
  if (duration.seconds > kDurationSecondsMax) return error(range, "duration out of range");
  const bool positive = std::round(duration.seconds * 1000) > 0;
  if (!positive && !duration.of_times) return error(range, "duration must be greater than 0");
  if (!positive) duration.seconds = 0;
  return duration;
}

// One operand with its sign: arithmetic behind it is that of the expression, so `x offset 1 + 2` adds to x.
Result<Duration> Syntax::offset_duration() {
  bool negative = false;
  if (token_.is(TokenKind::kOperator)) {
    negative = take().op == BinaryOp::kSub;
    if (!at_duration() || token_.is(TokenKind::kOperator)) return unexpected();
  }
  ASSIGN_OR_RETURN(Duration value, duration_operand());
  return negative ? negated(std::move(value)) : value;
}

Result<Duration> Syntax::duration_sum() {
  ASSIGN_OR_RETURN(Duration value, duration_product());
  while (token_.is(BinaryOp::kAdd) || token_.is(BinaryOp::kSub)) {
    const BinaryOp op = take().op;
    ASSIGN_OR_RETURN(const Duration other, duration_product());
    const double signed_other = op == BinaryOp::kAdd ? other.seconds : -other.seconds;
    value = combined(value, op, other, value.seconds + signed_other);
  }
  return value;
}

Result<Duration> Syntax::duration_product() {
  ASSIGN_OR_RETURN(Duration value, duration_signed());
  while (token_.is(BinaryOp::kMul) || token_.is(BinaryOp::kDiv) || token_.is(BinaryOp::kMod)) {
    const Token op = take();
    ASSIGN_OR_RETURN(const Duration other, duration_signed());
    double seconds = value.seconds * other.seconds;
    if (!op.is(BinaryOp::kMul)) {
      if (other.seconds == 0 && !other.of_times) {
        return error(op.range, op.is(BinaryOp::kDiv) ? "division by zero" : "modulo by zero");
      }
      seconds =
          op.is(BinaryOp::kDiv) ? value.seconds / other.seconds : std::fmod(value.seconds, other.seconds);
    }
    value = combined(value, op.op, other, seconds);
  }
  return value;
}

// A sign binds like a product: `-2 ^ 2` is `-(2 ^ 2)`.
Result<Duration> Syntax::duration_signed() {
  if (!token_.is(BinaryOp::kAdd) && !token_.is(BinaryOp::kSub)) return duration_power();
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  const bool negative = take().op == BinaryOp::kSub;
  ASSIGN_OR_RETURN(Duration value, duration_signed());
  return negative ? negated(std::move(value)) : value;
}

Result<Duration> Syntax::duration_power() {
  ASSIGN_OR_RETURN(const Duration base, duration_operand());
  if (!token_.is(BinaryOp::kPow)) return base;
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  advance();
  ASSIGN_OR_RETURN(const Duration exponent, duration_signed());
  return combined(base, BinaryOp::kPow, exponent, std::pow(base.seconds, exponent.seconds));
}

Result<Duration> Syntax::duration_operand() {
  if (token_.is(TokenKind::kIdentifier) && at_duration()) return duration_word();
  if (!token_.is(TokenKind::kLeftParen)) {
    if (!token_.is(TokenKind::kNumber) && !token_.is(TokenKind::kDuration)) return unexpected();
    ASSIGN_OR_RETURN(const ExprPtr expr, literal());
    const NumberLiteral& number = *expr->as<NumberLiteral>();
    const double value = number.value;
    return Duration{value,
                    number.duration ? format_duration(std::llround(value * 1000)) : format_number(value)};
  }
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  advance();
  ASSIGN_OR_RETURN(Duration value, duration_sum());
  if (!token_.is(TokenKind::kRightParen)) return unexpected();
  advance();
  value.text = '(' + value.text + ')';
  value.is_literal = false;
  return value;
}

// `step()`, `range()`, `min_of(a, b)`, `max_of(a, b)`.
Result<Duration> Syntax::duration_word() {
  const Nesting nesting(*this);
  RETURN_IF_ERROR(nesting.check());
  const std::string word = lower(take().text);
  if (!token_.is(TokenKind::kLeftParen)) return unexpected();
  advance();
  Duration value{0, word + "()", false, !times_};
  if (word == "step") {
    if (times_) value.seconds = static_cast<double>(times_->step_ms) / 1000;
  } else if (word == "range") {
    if (times_) value.seconds = static_cast<double>(times_->end_ms - times_->start_ms) / 1000;
  } else {
    ASSIGN_OR_RETURN(const Duration one, duration_sum());
    if (!token_.is(TokenKind::kComma)) return unexpected();
    advance();
    ASSIGN_OR_RETURN(const Duration other, duration_sum());
    value.seconds =
        word == "min_of" ? std::fmin(one.seconds, other.seconds) : std::fmax(one.seconds, other.seconds);
    value.text = fmt::format("{}({}, {})", word, one.text, other.text);
    value.of_times = one.of_times || other.of_times;
  }
  if (!token_.is(TokenKind::kRightParen)) return unexpected();
  advance();
  return value;
}

}  // namespace weir::query
