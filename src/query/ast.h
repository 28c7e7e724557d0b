#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/matcher.h"

/// The syntax tree of a PromQL expression: one struct for each kind of node, joined by a variant. Immutable
/// once checked.
namespace weir::query {

/// Bytes [begin, end) of the query's text.
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
};

enum class ValueType { kScalar, kVector, kMatrix, kString };
/// "instant vector": the word of the documentation.
std::string_view documented(ValueType type);
/// "vector": the word of the API.
std::string_view api_name(ValueType type);

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;
struct Function;  // functions.h

struct NumberLiteral {
  double value = 0;
  bool duration = false;  ///< Written as a duration, in seconds here.
  bool of_query = false;  ///< Of the times of the whole query: `start()`, `end()`, `range()`, `step()`.
};

struct StringLiteral {
  std::string value;
};

/// `@` and `offset` behind a selector or subquery.
struct TimeShift {
  enum class At { kNone, kTime, kStart, kEnd };
  At at = At::kNone;
  TimestampMs at_ms = 0;  ///< For kTime.
  int64_t offset_ms = 0;
  std::string offset_text;  ///< As MatrixSelector::range_text.
  bool has_offset = false;
};

/// `anchored` and `smoothed` behind a selector: whether it looks beyond the edges of its range, by the
/// lookback. kAnchored: at the sample before the range. kSmoothed: also at the one behind it, with a straight
/// line between two samples.
enum class Edges { kPlain, kAnchored, kSmoothed };
/// "anchored"; empty for kPlain.
std::string_view text(Edges edges);

struct VectorSelector {
  std::string name;  ///< The name before the braces; empty when there is none.
  std::vector<Matcher> matchers;
  TimeShift shift;
  Edges edges = Edges::kPlain;
};

/// Whether all series that the selector may find have the same metric name.
bool has_one_name(const VectorSelector& selector);

/// `selector[range]`. The shift is the selector's.
struct MatrixSelector {
  VectorSelector selector;
  int64_t range_ms = 0;
  std::string range_text = {};  ///< Of a range with arithmetic: how it is written. Else empty.
};

struct Subquery {
  ExprPtr expr;
  int64_t range_ms = 0;
  int64_t step_ms = 0;     ///< 0: the engine's default.
  std::string range_text;  ///< As MatrixSelector::range_text.
  std::string step_text;
  TimeShift shift;
};

struct Call {
  const Function* function = nullptr;
  std::vector<ExprPtr> args;
};

enum class AggregateOp {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kQuantile,
  kCountValues,
  kLimitk,
  kLimitRatio,
};

struct Aggregate {
  AggregateOp op = AggregateOp::kSum;
  ExprPtr expr;
  ExprPtr param;  ///< Null but for the operators that take one.
  std::vector<std::string> grouping;
  bool without = false;
};

enum class BinaryOp {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kAtan2,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kTrimUpper,  ///< `</`: of a histogram the observations below a bound.
  kTrimLower,  ///< `>/`: those above.
  kAnd,
  kOr,
  kUnless,
};

struct VectorMatching {
  enum class Card { kOneToOne, kManyToOne, kOneToMany, kManyToMany };
  Card card = Card::kOneToOne;
  bool on = false;  ///< `on(labels)`; else `ignoring(labels)`.
  std::vector<std::string> labels;
  std::vector<std::string> include;  ///< Labels of `group_left` and `group_right`.
  /// What stands on a side that has no series for one of the other side: `fill_left(0)`.
  std::optional<double> fill_left;
  std::optional<double> fill_right;

  bool fills() const { return fill_left || fill_right; }
};

struct Binary {
  BinaryOp op = BinaryOp::kAdd;
  ExprPtr lhs;
  ExprPtr rhs;
  bool return_bool = false;
  VectorMatching matching;
};

struct Unary {
  bool negative = false;
  ExprPtr expr;
};

struct Paren {
  ExprPtr expr;
};

struct Expr {
  using Node = std::variant<NumberLiteral, StringLiteral, VectorSelector, MatrixSelector, Subquery, Call,
                            Aggregate, Binary, Unary, Paren>;
  TextRange range;
  Node node;

  ValueType type() const;
  template <typename T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
  template <typename T>
  T* as() {
    return std::get_if<T>(&node);
  }
};

/// `expr` without the parentheses around it.
const Expr& unwrap(const Expr& expr);
Expr& unwrap(Expr& expr);
/// The comparison that `expr` is, parentheses aside, if it filters; else null: `a > bool 5` does not.
const Binary* filter_of(const Expr& expr);

/// `+`, `atan2`, `unless`.
std::string_view text(BinaryOp op);
/// `sum`, `count_values`.
std::string_view text(AggregateOp op);
bool is_comparison(BinaryOp op);
/// The comparison with its sides exchanged: `<` of `>`.
BinaryOp mirrored(BinaryOp op);
bool is_set_operator(BinaryOp op);
bool is_trim(BinaryOp op);
/// Whether the operator takes a parameter before the expression: `topk(3, x)`.
bool takes_param(AggregateOp op);

}  // namespace weir::query
