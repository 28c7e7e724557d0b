#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/lexer.h"
#include "query/parser.h"

namespace weir::query {

/// 292 years: what Prometheus' nanoseconds can hold.
inline constexpr double kDurationSecondsMax = 9'223'372'036.0;

/// A duration, its arithmetic worked out.
struct Duration {
  double seconds = 0;
  /// How it is written, in one form; a literal with its sign needs none.
  std::string text;
  bool is_literal = true;
  bool of_times = false;  ///< Has `step()` or `range()`, and there are no times to say what they are.

  int64_t ms() const { return std::llround(seconds * 1000); }
  /// Empty for a literal.
  std::string written() const { return is_literal ? std::string() : text; }
};

/// Recursive descent over the tokens, with Prometheus' precedence and its messages. `parser.cc` has
/// expressions, `parser_selector.cc` selectors and what may follow them, `parser_duration.cc` durations. One
/// use; the first error ends it.
class Syntax {
 public:
  Syntax(std::string_view text, const ParseLimits& limits, const std::optional<QueryTimes>& times)
      : text_(text), limits_(limits), times_(times), lexer_(text) {
    advance();
  }

  /// The whole text as an expression, not type-checked.
  Result<ExprPtr> expression();
  /// The whole text as a vector selector without offset and `@`.
  Result<ExprPtr> selector_only();

 private:
  /// Counts how deep the grammar recurses, for the life of one level.
  class Nesting {
   public:
    explicit Nesting(Syntax& syntax) : syntax_(syntax) { ++syntax_.depth_; }
    ~Nesting() { --syntax_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    Status check() const;

   private:
    Syntax& syntax_;
  };

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
  Status match_labels(VectorMatching& matching);
  bool at_fill() const;
  Status fill(VectorMatching& matching);
  Result<std::vector<std::string>> label_list();
  Result<std::string> grouping_label();

  Result<ExprPtr> selector(const Token* name);
  Result<std::vector<Matcher>> matchers();
  Result<Matcher> matcher();
  Result<ExprPtr> suffixed(ExprPtr expr);
  Result<ExprPtr> bracket_suffix(ExprPtr expr);
  Result<ExprPtr> matrix(ExprPtr expr, const Duration& range, TextRange bracket);
  Status offset_suffix(Expr& expr);
  Status at_suffix(Expr& expr);
  std::optional<Edges> at_edges() const;
  Status edges_suffix(Expr& expr);
  Result<TimeShift*> shift_of(Expr& expr, std::string_view modifier);
  /// A signed number or duration, in seconds.
  Result<double> seconds();
  /// What `start()` and its like stand for; nothing for other functions.
  std::optional<double> time_of_query(std::string_view function) const;

  Result<Duration> positive_duration();
  Result<Duration> offset_duration();
  Result<Duration> duration_sum();
  Result<Duration> duration_product();
  Result<Duration> duration_signed();
  Result<Duration> duration_power();
  Result<Duration> duration_operand();
  Result<Duration> duration_word();
  bool at_duration() const;

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
  bool at_number() const;
  Result<ExprPtr> make(TextRange range, Expr::Node node);
  Error error(TextRange range, std::string_view message) const { return parse_error(text_, range, message); }
  /// `unexpected <token> in <context>, expected <expected>`, or the lexer's own complaint.
  Error unexpected(std::string_view context = {}, std::string_view expected = {}) const;

  std::string_view text_;
  const ParseLimits& limits_;
  const std::optional<QueryTimes>& times_;
  Lexer lexer_;
  Token token_;
  size_t last_end_ = 0;  // where the token before `token_` ended
  size_t depth_ = 0;
  size_t nodes_ = 0;
};

}  // namespace weir::query
