#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "query/ast.h"

namespace weir::query {

enum class TokenKind {
  kEof,
  kError,  ///< The text cannot go on here; `Token::error` says why. The last token.
  kIdentifier,
  kMetricIdentifier,  ///< An identifier with a colon.
  kNumber,
  kDuration,
  kString,  ///< With its quotes; its escapes are valid.
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kAssign,
  kMatchRegex,
  kMatchNotRegex,
  kAt,
  kOperator,    ///< `Token::op`
  kAggregator,  ///< `Token::aggregate`
  kOffset,
  kBy,
  kWithout,
  kOn,
  kIgnoring,
  kGroupLeft,
  kGroupRight,
  kBool,
  kStart,
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEof;
  TextRange range;
  std::string_view text;
  BinaryOp op = BinaryOp::kAdd;
  AggregateOp aggregate = AggregateOp::kSum;
  std::string error;

  bool is(TokenKind other) const { return kind == other; }
  bool is(BinaryOp other) const { return kind == TokenKind::kOperator && op == other; }
  /// As messages name it: `identifier "foo"`, `<op:+>`, `end of input`.
  std::string describe() const;
};

/// Splits the text of an expression into tokens, with the rules and messages of Prometheus' lexer: keywords
/// are words like any other inside braces, and what may follow `[` depends on what came before. The text must
/// outlive it.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Token next();

 private:
  Token in_statement();
  Token in_braces();
  Token after_bracket();
  Token end_of_input();
  Token word();
  Token word_in_brackets();
  Token colon_in_brackets();
  bool scan_duration_word();
  Token number_or_duration();
  Token string_literal(char quote_mark);
  Token punctuation();
  Token comparison();
  Token bracket(char c);

  /// Bytes of the character that may begin a name, or go on in one; 0: none may.
  size_t name_start() const;
  size_t name_part() const;
  bool scan_number();
  bool scan_rest_of_duration();
  void skip_blank();
  bool accept(std::string_view characters);
  void accept_run(std::string_view characters);
  void accept_digits(std::string_view digits);
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Token take(TokenKind kind, size_t size);
  Token take(BinaryOp op, size_t size);
  Token emit(TokenKind kind);
  Token fail(std::string message);

  std::string_view text_;
  size_t at_ = 0;
  size_t begin_ = 0;  // of the token under way
  int paren_depth_ = 0;
  bool brace_open_ = false;
  bool bracket_open_ = false;
  bool after_bracket_ = false;  // the token before was '['
  bool got_colon_ = false;
  bool failed_ = false;
};

}  // namespace weir::query
