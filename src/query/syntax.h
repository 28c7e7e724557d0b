#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/lexer.h"
#include "query/parser.h"

namespace weir::query {

/// Recursive descent over the tokens, with Prometheus' precedence and its messages. `parser.cc` has
/// expressions, `parser_selector.cc` selectors and what may follow them. One use; the first error ends it.
class Syntax {
 public:
  Syntax(std::string_view text, const ParseLimits& limits) : text_(text), limits_(limits), lexer_(text) {
    advance();
  }

  /// The whole text as an expression, not type-checked.
  Result<ExprPtr> expression();
  /// The whole text as a vector selector without offset and `@`.
  Result<ExprPtr> selector_only();

 private:
  class Nesting;

  Result<ExprPtr> binary(int precedence_min);
  Result<ExprPtr> unary();
  Result<ExprPtr> primary();
  Result<ExprPtr> paren();
  Result<ExprPtr> literal();
  Result<ExprPtr> word();
  Result<ExprPtr> call(const Token& name);
  Result<ExprPtr> aggregate(const Token& op);
  Status aggregate_clause(Aggregate& aggregate);
  Result<std::vector<ExprPtr>> arguments();
  Result<VectorMatching> matching(BinaryOp op, bool& return_bool);
  Result<std::vector<std::string>> label_list();
  Result<std::string> grouping_label();

  Result<ExprPtr> selector(const Token* name);
  Result<std::vector<Matcher>> matchers();
  Result<Matcher> matcher();
  Result<ExprPtr> suffixed(ExprPtr expr);
  Result<ExprPtr> bracket_suffix(ExprPtr expr);
  Result<ExprPtr> matrix(ExprPtr expr, int64_t range_ms, TextRange bracket);
  Status offset_suffix(Expr& expr);
  Status at_suffix(Expr& expr);
  Result<TimeShift*> shift_of(Expr& expr, std::string_view modifier);
  /// A signed number or duration, in seconds.
  Result<double> seconds();
  Result<int64_t> positive_duration_ms();

  void advance() {
    last_end_ = token_.range.end;
    token_ = lexer_.next();
  }
  Token take() {
    Token token = std::move(token_);
    last_end_ = token.range.end;
    token_ = lexer_.next();
    return token;
  }
  bool at_duration() const;
  Result<ExprPtr> make(TextRange range, Expr::Node node);
  Error error(TextRange range, std::string_view message) const { return parse_error(text_, range, message); }
  /// `unexpected <token> in <context>, expected <expected>`, or the lexer's own complaint.
  Error unexpected(std::string_view context = {}, std::string_view expected = {}) const;

  std::string_view text_;
  const ParseLimits& limits_;
  Lexer lexer_;
  Token token_;
  size_t last_end_ = 0;  // where the token before `token_` ended
  size_t depth_ = 0;
  size_t nodes_ = 0;
};

}  // namespace weir::query
