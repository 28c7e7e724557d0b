#include <fmt/format.h>

#include "base/utf8.h"
#include "query/characters.h"
#include "query/lexer.h"
#include "query/literals.h"

// Strings, numbers and durations.
namespace weir::query {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

}  // namespace

Token Lexer::string_literal(char quote_mark) {
  const bool raw = quote_mark == '`';
  ++at_;
  while (true) {
    const char c = peek();
    if (at_ >= text_.size() || (!raw && c == '\n')) {
      return fail(raw ? "unterminated raw string" : "unterminated quoted string");
    }
    if (c == quote_mark) break;
    if (!raw && c == '\\' && at_ + 1 < text_.size()) ++at_;
    const size_t size = utf8_size(text_.substr(at_));
    if (size == 0) return fail("invalid UTF-8 rune");
    at_ += size;
  }
  ++at_;
  Token token = emit(TokenKind::kString);
  const auto content = unquote(token.text);
  return content.ok() ? token : fail(content.error().message);
}

Token Lexer::number_or_duration() {
  if (scan_number()) return emit(TokenKind::kNumber);
  if (scan_rest_of_duration()) return emit(TokenKind::kDuration);
  return fail(fmt::format("bad number or duration syntax: {}", quote(text_.substr(begin_, at_ - begin_))));
}

// Leaves `at_` behind what a number could be; a duration goes on from there.
bool Lexer::scan_number() {
  const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
  if (hex) at_ += 2;
  if (hex) accept("_");
  accept_digits(hex ? kHexDigits : kDigits);
  if (!hex && accept(".")) accept_digits(kDigits);
  if (!hex && accept("eE")) {
    accept("+-");
    if (!is_digit(peek())) return false;
    accept_digits(kDigits);
  }
  return !is_alphanumeric(peek()) && peek() != '.';
}

// Single underscores may stand between digits.
void Lexer::accept_digits(std::string_view digits) {
  accept_run(digits);
  while (peek() == '_' && digits.find(peek(1)) != std::string_view::npos) {
    ++at_;
    accept_run(digits);
  }
}

// The first count has been read; units are checked when the duration is parsed.
bool Lexer::scan_rest_of_duration() {
  if (!accept("smhdwy")) return false;
  accept("s");
  while (is_digit(peek())) {
    accept_run(kDigits);
    if (!accept("smhdw")) return false;
    accept("s");
  }
  return !is_alphanumeric(peek());
}

}  // namespace weir::query
