#include "rules/template/lexer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "query/literals.h"
#include "rules/template/go_text.h"

namespace weir::rules::templates {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool is_space(char c) {
  return c != '\0' && kSpace.find(c) != std::string_view::npos;
}
bool is_digit(char c) {
  return '0' <= c && c <= '9';
}

constexpr std::pair<std::string_view, TokenKind> kWords[] = {
    {"block", TokenKind::kBlock}, {"break", TokenKind::kBreak},       {"continue", TokenKind::kContinue},
    {"else", TokenKind::kElse},   {"end", TokenKind::kEnd},           {"if", TokenKind::kIf},
    {"range", TokenKind::kRange}, {"template", TokenKind::kTemplate}, {"with", TokenKind::kWith},
    {"nil", TokenKind::kNil},     {"define", TokenKind::kDefine},     {"true", TokenKind::kBool},
    {"false", TokenKind::kBool},
};

TokenKind kind_of_word(std::string_view word) {
  for (const auto& [text, kind] : kWords) {
    if (text == word) return kind;
  }
  return TokenKind::kIdentifier;
}

}  // namespace

std::string Token::describe() const {
  if (kind == TokenKind::kEof) return "EOF";
  if (kind == TokenKind::kError) return error;
  if (kind >= TokenKind::kBlock || kind == TokenKind::kDot || kind == TokenKind::kNil)
    return fmt::format("<{}>", text);
  if (text.size() <= 10) return go_quote(text);
  return go_quote(first_characters(text, 10)) + "...";
}

Token Lexer::next() {
  begin_ = at_;
  if (failed_) return {TokenKind::kEof, at_, {}, {}};
  return inside_ ? inside() : outside();
}

Token Lexer::outside() {
  for (;;) {
    const size_t found = text_.find("{{", at_);
    if (found == std::string_view::npos) {
      at_ = text_.size();
      return emit(at_ > begin_ ? TokenKind::kText : TokenKind::kEof);
    }
    const bool trims = found + 3 < text_.size() && text_[found + 2] == '-' && is_space(text_[found + 3]);
    std::string_view text = text_.substr(begin_, found - begin_);
    if (trims) text = text.substr(0, text.find_last_not_of(kSpace) + 1);
    at_ = found;
    if (!text.empty()) return {TokenKind::kText, begin_, text, {}};
    const size_t marker = trims ? 2 : 0;
    if (text_.substr(found + 2 + marker, 2) != "/*") return left_delimiter();
    begin_ = at_ = found + 2 + marker;
    if (!skip_comment()) return fail(at_end() ? "unclosed comment" : "comment ends before closing delimiter");
  }
}

// From "/*" to behind the delimiter that must follow "*/".
bool Lexer::skip_comment() {
  const size_t end = text_.find("*/", at_ + 2);
  at_ = std::min(end, text_.size());
  if (end == std::string_view::npos) return false;
  at_ = end + 2;
  bool trims = false;
  if (!at_right_delimiter(trims)) {
    at_ = end;
    return false;
  }
  at_ += trims ? 4 : 2;
  if (trims) accept_run(kSpace);
  begin_ = at_;
  return true;
}

Token Lexer::left_delimiter() {
  begin_ = at_;
  at_ += 2;
  Token token = emit(TokenKind::kLeftDelimiter);
  if (peek() == '-' && is_space(peek(1))) at_ += 2;
  inside_ = true;
  paren_depth_ = 0;
  return token;
}

Token Lexer::right_delimiter() {
  bool trims = false;
  at_right_delimiter(trims);
  if (trims) at_ += 2;
  begin_ = at_;
  at_ += 2;
  Token token = emit(TokenKind::kRightDelimiter);
  if (trims) accept_run(kSpace);
  inside_ = false;
  return token;
}

Token Lexer::inside() {
  bool trims = false;
  if (at_right_delimiter(trims)) return paren_depth_ == 0 ? right_delimiter() : fail("unclosed left paren");
  if (at_end()) return fail("unclosed action");
  const char c = peek();
  if (is_space(c)) return spaces();
  if (is_digit(c) || c == '+' || c == '-' || (c == '.' && is_digit(peek(1)))) return number();
  if (word_part() > 0) return word();
  ++at_;
  switch (c) {
    case '=':
      return emit(TokenKind::kAssign);
    case ':':
      if (!accept("=")) return fail("expected :=");
      return emit(TokenKind::kDeclare);
    case '|':
      return emit(TokenKind::kPipe);
    case '"':
      return quoted('"', TokenKind::kString, "unterminated quoted string");
    case '\'':
      return quoted('\'', TokenKind::kCharConstant, "unterminated character constant");
    case '`':
      return raw_string();
    case '$':
      return field_or_variable(TokenKind::kVariable);
    case '.':
      return field_or_variable(TokenKind::kField);
    case '(':
      ++paren_depth_;
      return emit(TokenKind::kLeftParen);
    case ')':
      if (--paren_depth_ < 0) return fail("unexpected right paren");
      return emit(TokenKind::kRightParen);
    default:
      if (' ' < c && c < '\x7f') return emit(TokenKind::kChar);
      --at_;
      return fail("unrecognized character in action: " + bad_character());
  }
}

Token Lexer::spaces() {
  accept_run(kSpace);
  // The last of them may belong to a trim marker.
  --at_;
  bool trims = false;
  if (at_right_delimiter(trims) && trims) {
    if (at_ == begin_) return paren_depth_ == 0 ? right_delimiter() : fail("unclosed left paren");
    return emit(TokenKind::kSpace);
  }
  ++at_;
  return emit(TokenKind::kSpace);
}

Token Lexer::word() {
  while (const size_t size = word_part()) at_ += size;
  if (!at_terminator()) return fail("bad character " + bad_character());
  return emit(kind_of_word(text_.substr(begin_, at_ - begin_)));
}

Token Lexer::field_or_variable(TokenKind kind) {
  if (at_terminator()) return emit(kind == TokenKind::kVariable ? kind : TokenKind::kDot);
  while (const size_t size = word_part()) at_ += size;
  if (!at_terminator()) return fail("bad character " + bad_character());
  return emit(kind);
}

Token Lexer::quoted(char quote, TokenKind kind, std::string_view what) {
  for (; !at_end() && peek() != '\n'; ++at_) {
    if (peek() == quote) {
      ++at_;
      return emit(kind);
    }
    if (peek() != '\\') continue;
    ++at_;
    if (at_end() || peek() == '\n') break;
  }
  return fail(std::string(what));
}

Token Lexer::raw_string() {
  const size_t end = text_.find('`', at_);
  if (end == std::string_view::npos) return fail("unterminated raw quoted string");
  at_ = end + 1;
  return emit(TokenKind::kRawString);
}

Token Lexer::number() {
  const bool good = scan_number();
  const bool complex = good && (peek() == '+' || peek() == '-' || text_[at_ - 1] == 'i');
  if (complex) return fail("complex numbers are not supported");
  if (!good) return fail("bad number syntax: " + go_quote(text_.substr(begin_, at_ - begin_)));
  return emit(TokenKind::kNumber);
}

// Takes more than numbers; what is none is found when it is converted.
bool Lexer::scan_number() {
  accept("+-");
  std::string_view digits = "0123456789_";
  if (accept("0")) {
    if (accept("xX")) {
      digits = "0123456789abcdefABCDEF_";
    } else if (accept("oO")) {
      digits = "01234567_";
    } else if (accept("bB")) {
      digits = "01_";
    }
  }
  accept_run(digits);
  if (accept(".")) accept_run(digits);
  if ((digits.size() == 11 && accept("eE")) || (digits.size() == 23 && accept("pP"))) {
    accept("+-");
    accept_run("0123456789_");
  }
  accept("i");
  const size_t more = word_part();
  at_ += more;
  return more == 0;
}

bool Lexer::at_right_delimiter(bool& trims) const {
  trims = is_space(peek()) && text_.substr(at_ + 1, 3) == "-}}";
  return trims || text_.substr(std::min(at_, text_.size()), 2) == "}}";
}

bool Lexer::at_terminator() const {
  bool trims = false;
  return at_end() || is_space(peek()) || std::string_view(".,|:)(").find(peek()) != std::string_view::npos ||
         at_right_delimiter(trims);
}

// Bytes of the letter, digit or underscore that comes next; 0 for anything else.
size_t Lexer::word_part() const {
  if (at_end()) return 0;
  const char c = peek();
  if (c == '_' || is_digit(c) || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z')) return 1;
  return static_cast<unsigned char>(c) < 0x80 ? 0 : query::letter_length(text_.substr(at_));
}

bool Lexer::accept(std::string_view characters) {
  if (at_end() || characters.find(peek()) == std::string_view::npos) return false;
  ++at_;
  return true;
}

void Lexer::accept_run(std::string_view characters) {
  while (accept(characters)) continue;
}

Token Lexer::emit(TokenKind kind) {
  return {kind, begin_, text_.substr(begin_, at_ - begin_), {}};
}

Token Lexer::fail(std::string message) {
  failed_ = true;
  return {TokenKind::kError, begin_, {}, std::move(message)};
}

std::string Lexer::bad_character() const {
  if (at_end()) return "U+FFFFFFFFFFFFFFFF";
  const std::string_view rest = text_.substr(at_);
  return describe_character(rest.substr(0, std::max<size_t>(1, utf8_size(rest))));
}

}  // namespace weir::rules::templates
