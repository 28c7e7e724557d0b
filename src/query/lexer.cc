#include "query/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/utf8.h"
#include "query/characters.h"
#include "query/literals.h"

namespace weir::query {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
struct Keyword {
  std::string_view word;
  TokenKind kind;
};
constexpr std::array<Keyword, 12> kKeywords = {{{"offset", TokenKind::kOffset},
                                                {"by", TokenKind::kBy},
                                                {"without", TokenKind::kWithout},
                                                {"on", TokenKind::kOn},
                                                {"ignoring", TokenKind::kIgnoring},
                                                {"group_left", TokenKind::kGroupLeft},
                                                {"group_right", TokenKind::kGroupRight},
                                                {"bool", TokenKind::kBool},
                                                {"start", TokenKind::kStart},
                                                {"end", TokenKind::kEnd},
                                                {"inf", TokenKind::kNumber},
                                                {"nan", TokenKind::kNumber}}};
constexpr std::array<BinaryOp, 4> kWordOperators = {BinaryOp::kAnd, BinaryOp::kOr, BinaryOp::kUnless,
                                                    BinaryOp::kAtan2};

// Sets what an identifier is: keywords are recognized in any case.
void classify(Token& token) {
  const std::string word = lower(token.text);
  for (const Keyword& keyword : kKeywords) {
    if (keyword.word == word) {
      token.kind = keyword.kind;
      return;
    }
  }
  for (const BinaryOp op : kWordOperators) {
    if (text(op) == word) {
      token.kind = TokenKind::kOperator;
      token.op = op;
      return;
    }
  }
  for (int i = 0; i <= static_cast<int>(AggregateOp::kLimitRatio); ++i) {
    if (text(static_cast<AggregateOp>(i)) == word) {
      token.kind = TokenKind::kAggregator;
      token.aggregate = static_cast<AggregateOp>(i);
      return;
    }
  }
  token.kind = word.find(':') == std::string::npos ? TokenKind::kIdentifier : TokenKind::kMetricIdentifier;
}

// Quoted, and cut when long, so that a message stays one line.
std::string brief(std::string_view text) {
  if (text.size() <= 10) return quote(text);
  size_t characters = 0;
  size_t at = 0;
  for (; at < text.size() && characters < 10; ++characters)
    at += std::max<size_t>(1, utf8_size(text.substr(at)));
  return quote(text.substr(0, at)) + "...";
}

}  // namespace

std::string Token::describe() const {
  switch (kind) {
    case TokenKind::kEof:
      return "end of input";
    case TokenKind::kError:
      return error;
    case TokenKind::kIdentifier:
      return "identifier " + quote(text);
    case TokenKind::kMetricIdentifier:
      return "metric identifier " + quote(text);
    case TokenKind::kNumber:
      return "number " + brief(text);
    case TokenKind::kDuration:
      return "duration " + brief(text);
    case TokenKind::kString:
      return "string " + brief(text);
    case TokenKind::kOperator:
    case TokenKind::kAt:
    case TokenKind::kMatchRegex:
    case TokenKind::kMatchNotRegex:
      return fmt::format("<op:{}>", text);
    case TokenKind::kAggregator:
      return fmt::format("<aggr:{}>", text);
    case TokenKind::kOffset:
    case TokenKind::kBy:
    case TokenKind::kWithout:
    case TokenKind::kOn:
    case TokenKind::kIgnoring:
    case TokenKind::kGroupLeft:
    case TokenKind::kGroupRight:
    case TokenKind::kBool:
      return fmt::format("<{}>", text);
    default:
      return quote(text);
  }
}

Token Lexer::emit(TokenKind kind) {
  Token token;
  token.kind = kind;
  token.range = {begin_, at_};
  token.text = text_.substr(begin_, at_ - begin_);
  return token;
}

Token Lexer::take(TokenKind kind, size_t size) {
  at_ += size;
  return emit(kind);
}

Token Lexer::take(BinaryOp op, size_t size) {
  Token token = take(TokenKind::kOperator, size);
  token.op = op;
  return token;
}

Token Lexer::fail(std::string message) {
  failed_ = true;
  Token token;
  token.kind = TokenKind::kError;
  token.range = {begin_, text_.size()};
  token.error = std::move(message);
  return token;
}

void Lexer::skip_blank() {
  while (at_ < text_.size()) {
    if (is_space(text_[at_])) {
      ++at_;
    } else if (text_[at_] == '#' && !after_bracket_) {
      while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    } else {
      return;
    }
  }
}

bool Lexer::accept(std::string_view characters) {
  if (at_ >= text_.size() || characters.find(text_[at_]) == std::string_view::npos) return false;
  ++at_;
  return true;
}

void Lexer::accept_run(std::string_view characters) {
  while (accept(characters)) {
  }
}

Token Lexer::next() {
  skip_blank();
  begin_ = at_;
  if (failed_) return emit(TokenKind::kEof);
  if (after_bracket_) return after_bracket();
  return brace_open_ ? in_braces() : in_statement();
}

Token Lexer::end_of_input() {
  if (brace_open_) return fail("unexpected end of input inside braces");
  if (paren_depth_ != 0) return fail("unclosed left parenthesis");
  if (bracket_open_) return fail("unclosed left bracket");
  return emit(TokenKind::kEof);
}

Token Lexer::in_statement() {
  if (at_ >= text_.size()) return end_of_input();
  const char c = text_[at_];
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number_or_duration();
  if (c == '"' || c == '\'' || c == '`') return string_literal(c);
  if (c == ':' && bracket_open_) return colon_in_brackets();
  if (name_start() > 0 || c == ':') return bracket_open_ ? word_in_brackets() : word();
  return punctuation();
}

Token Lexer::punctuation() {
  const char c = text_[at_];
  switch (c) {
    case ',':
      return take(TokenKind::kComma, 1);
    case '*':
      return take(BinaryOp::kMul, 1);
    case '/':
      return take(BinaryOp::kDiv, 1);
    case '%':
      return take(BinaryOp::kMod, 1);
    case '+':
      return take(BinaryOp::kAdd, 1);
    case '-':
      return take(BinaryOp::kSub, 1);
    case '^':
      return take(BinaryOp::kPow, 1);
    case '@':
      return take(TokenKind::kAt, 1);
    case '=':
    case '!':
    case '<':
    case '>':
      return comparison();
    case '(':
    case ')':
    case '{':
    case '[':
    case ']':
      return bracket(c);
    default:
      return fail(fmt::format("unexpected character: {}", quote_character(text_, at_)));
  }
}

Token Lexer::comparison() {
  const char c = text_[at_];
  const bool equal = peek(1) == '=';
  if (peek(1) == '/' && c == '<') return take(BinaryOp::kTrimUpper, 2);
  if (peek(1) == '/' && c == '>') return take(BinaryOp::kTrimLower, 2);
  if (c == '<') return equal ? take(BinaryOp::kLessEqual, 2) : take(BinaryOp::kLess, 1);
  if (c == '>') return equal ? take(BinaryOp::kGreaterEqual, 2) : take(BinaryOp::kGreater, 1);
  if (equal) return take(c == '=' ? BinaryOp::kEqual : BinaryOp::kNotEqual, 2);
  if (c == '=' && peek(1) != '~') return take(TokenKind::kAssign, 1);
  return fail(fmt::format("unexpected character after '{}': {}", c, quote_character(text_, at_ + 1)));
}

Token Lexer::bracket(char c) {
  switch (c) {
    case '(':
      ++paren_depth_;
      return take(TokenKind::kLeftParen, 1);
    case ')':
      if (--paren_depth_ < 0) return fail("unexpected right parenthesis ')'");
      return take(TokenKind::kRightParen, 1);
    case '{':
      brace_open_ = true;
      return take(TokenKind::kLeftBrace, 1);
    case '[':
      if (bracket_open_) return fail("unexpected left bracket '['");
      bracket_open_ = true;
      after_bracket_ = true;
      got_colon_ = false;
      return take(TokenKind::kLeftBracket, 1);
    default:
      if (!bracket_open_) return fail("unexpected right bracket ']'");
      bracket_open_ = false;
      return take(TokenKind::kRightBracket, 1);
  }
}

// Only a duration, with its sign, can follow a bracket.
Token Lexer::after_bracket() {
  after_bracket_ = false;
  if (at_ >= text_.size()) return fail("unexpected end of input in duration expression");
  const char c = text_[at_];
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number_or_duration();
  if (c == ']') return bracket(c);
  if (c == ':') return fail("unexpected colon before duration in duration expression");
  if (std::string_view("()+-*/%^,").find(c) != std::string_view::npos) return punctuation();
  if (scan_duration_word()) return emit(TokenKind::kIdentifier);
  return fail(fmt::format("unexpected character in duration expression: {}", quote_character(text_, at_)));
}

// The names of what durations may call; others are not read.
bool Lexer::scan_duration_word() {
  for (const std::string_view word : {"step", "range", "min_of", "max_of"}) {
    const std::string_view rest = text_.substr(at_);
    if (lower(rest.substr(0, word.size())) != word) continue;
    if (rest.size() > word.size() && is_alphanumeric(rest[word.size()])) continue;
    at_ += word.size();
    return true;
  }
  return false;
}

Token Lexer::word_in_brackets() {
  if (scan_duration_word()) return emit(TokenKind::kIdentifier);
  return fail(fmt::format("unexpected character: {}, expected ':'", quote_character(text_, at_)));
}

Token Lexer::colon_in_brackets() {
  if (got_colon_) return fail("unexpected colon ':'");
  got_colon_ = true;
  return take(TokenKind::kColon, 1);
}

// Beyond ASCII, names are made of letters, and of dots where they do not begin.
size_t Lexer::name_start() const {
  if (is_alpha(peek())) return 1;
  return static_cast<unsigned char>(peek()) < 0x80 ? 0 : letter_length(text_.substr(at_));
}

size_t Lexer::name_part() const {
  return is_digit(peek()) || peek() == '.' ? 1 : name_start();
}

Token Lexer::word() {
  do {
    at_ += peek() == ':' ? 1 : name_part();
  } while (peek() == ':' || name_part() > 0);
  Token token = emit(TokenKind::kIdentifier);
  classify(token);
  return token;
}

Token Lexer::in_braces() {
  if (at_ >= text_.size()) return end_of_input();
  const char c = text_[at_];
  if (name_start() > 0) {
    while (const size_t size = name_part()) at_ += size;
    return emit(TokenKind::kIdentifier);
  }
  if (c == '"' || c == '\'' || c == '`') return string_literal(c);
  const char second = peek(1);
  switch (c) {
    case ',':
      return take(TokenKind::kComma, 1);
    case '=':
      return second == '~' ? take(TokenKind::kMatchRegex, 2) : take(TokenKind::kAssign, 1);
    case '!':
      if (second == '~') return take(TokenKind::kMatchNotRegex, 2);
      if (second == '=') return take(BinaryOp::kNotEqual, 2);
      return fail(
          fmt::format("unexpected character after '!' inside braces: {}", quote_character(text_, at_ + 1)));
    case '{':
      return fail("unexpected left brace '{'");
    case '}':
      brace_open_ = false;
      return take(TokenKind::kRightBrace, 1);
    default:
      return fail(fmt::format("unexpected character inside braces: {}", quote_character(text_, at_)));
  }
}

}  // namespace weir::query
