#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::rules::templates {

enum class TokenKind {
  kError,  ///< The text cannot go on here; `Token::error` says why.
  kEof,
  kText,
  kLeftDelimiter,
  kRightDelimiter,
  kSpace,
  kBool,
  kChar,  ///< A character of no other kind, such as a comma.
  kCharConstant,
  kNumber,
  kString,
  kRawString,
  kAssign,
  kDeclare,
  kPipe,
  kLeftParen,
  kRightParen,
  kDot,
  kNil,
  kField,
  kVariable,
  kIdentifier,
  kBlock,
  kBreak,
  kContinue,
  kDefine,
  kElse,
  kEnd,
  kIf,
  kRange,
  kTemplate,
  kWith,
};

struct Token {
  TokenKind kind = TokenKind::kEof;
  size_t position = 0;
  std::string_view text;
  std::string error;

  bool is(TokenKind other) const { return kind == other; }
  /// As Go's messages name it: `"foo"`, `<end>`, `EOF`.
  std::string describe() const;
};

/// Splits a template into tokens as the lexer of Go's text/template does, with its messages. Comments and the
/// space that trim markers take away are left out. The text must be UTF-8 and outlive it.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Token next();

 private:
  Token outside();
  Token left_delimiter();
  Token right_delimiter();
  Token inside();
  Token spaces();
  Token word();
  Token field_or_variable(TokenKind kind);
  Token quoted(char quote, TokenKind kind, std::string_view what);
  Token raw_string();
  Token number();
  bool scan_number();
  bool skip_comment();

  /// Whether "}}" comes next, perhaps behind a trim marker; `trims` says which.
  bool at_right_delimiter(bool& trims) const;
  bool at_terminator() const;
  size_t word_part() const;
  bool accept(std::string_view characters);
  void accept_run(std::string_view characters);
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }

  Token emit(TokenKind kind);
  Token fail(std::string message);
  std::string bad_character() const;

  std::string_view text_;
  size_t at_ = 0;
  size_t begin_ = 0;  // of the token under way
  int paren_depth_ = 0;
  bool inside_ = false;  // of an action
  bool failed_ = false;
};

}  // namespace weir::rules::templates
