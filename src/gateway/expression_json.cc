#include "gateway/expression_json.h"

#include <optional>

#include "query/functions.h"
#include "wire/json_writer.h"

namespace weir::gateway {
namespace {

using query::Expr;
using query::TimeShift;
using query::VectorMatching;

std::string_view card_name(VectorMatching::Card card) {
  switch (card) {
    case VectorMatching::Card::kOneToOne:
      return "one-to-one";
    case VectorMatching::Card::kManyToOne:
      return "many-to-one";
    case VectorMatching::Card::kOneToMany:
      return "one-to-many";
    case VectorMatching::Card::kManyToMany:
      return "many-to-many";
  }
  return {};
}

/// Writes one tree. Lives for one call.
class TreeWriter {
 public:
  explicit TreeWriter(std::string& out) : json_(out) {}

  void write(const Expr& expr) {
    json_.begin_object();
    std::visit([&](const auto& node) { fields(node); }, expr.node);
    json_.end_object();
  }

 private:
  void fields(const query::NumberLiteral& number) {
    type("numberLiteral");
    std::string value;
    wire::append_prometheus_value(value, number.value);
    text("val", value);
  }
  void fields(const query::StringLiteral& literal) {
    type("stringLiteral");
    text("val", literal.value);
  }
  void fields(const query::VectorSelector& selector) {
    type("vectorSelector");
    selector_fields(selector);
  }
  void fields(const query::MatrixSelector& matrix) {
    type("matrixSelector");
    integer("range", matrix.range_ms);
    selector_fields(matrix.selector);
  }
  void fields(const query::Subquery& subquery) {
    type("subquery");
    child("expr", *subquery.expr);
    integer("range", subquery.range_ms);
    integer("step", subquery.step_ms);
    shift_fields(subquery.shift);
  }
  void fields(const query::Call& call) {
    type("call");
    json_.key("func");
    json_.begin_object();
    text("name", call.function->name);
    json_.key("argTypes");
    json_.begin_array();
    for (const query::ValueType arg : call.function->args) json_.text(query::api_name(arg));
    json_.end_array();
    integer("variadic", call.function->variadic);
    text("returnType", query::api_name(call.function->result));
    json_.end_object();
    json_.key("args");
    json_.begin_array();
    for (const query::ExprPtr& arg : call.args) write(*arg);
    json_.end_array();
  }
  void fields(const query::Aggregate& aggregate) {
    type("aggregation");
    text("op", query::text(aggregate.op));
    child("expr", *aggregate.expr);
    if (aggregate.param != nullptr) {
      child("param", *aggregate.param);
    } else {
      null("param");
    }
    names("grouping", aggregate.grouping);
    boolean("without", aggregate.without);
  }
  void fields(const query::Binary& binary) {
    type("binaryExpr");
    text("op", query::text(binary.op));
    child("lhs", *binary.lhs);
    child("rhs", *binary.rhs);
    boolean("bool", binary.return_bool);
    const auto is_vector = [](const Expr& side) { return side.type() == query::ValueType::kVector; };
    if (is_vector(*binary.lhs) && is_vector(*binary.rhs)) {
      matching(binary.matching);
    } else {
      null("matching");
    }
  }
  void fields(const query::Unary& unary) {
    type("unaryExpr");
    text("op", unary.negative ? "-" : "+");
    child("expr", *unary.expr);
  }
  void fields(const query::Paren& paren) {
    type("parenExpr");
    child("expr", *paren.expr);
  }

  void matching(const VectorMatching& matching) {
    json_.key("matching");
    json_.begin_object();
    text("card", card_name(matching.card));
    names("labels", matching.labels);
    boolean("on", matching.on);
    names("include", matching.include);
    json_.key("fillValues");
    json_.begin_object();
    number("lhs", matching.fill_left);
    number("rhs", matching.fill_right);
    json_.end_object();
    json_.end_object();
  }
  void selector_fields(const query::VectorSelector& selector) {
    text("name", selector.name);
    json_.key("matchers");
    json_.begin_array();
    for (const Matcher& matcher : selector.matchers) {
      json_.begin_object();
      text("name", matcher.name());
      text("value", matcher.value());
      text("type", op_text(matcher.op()));
      json_.end_object();
    }
    json_.end_array();
    shift_fields(selector.shift);
    boolean("anchored", selector.edges == query::Edges::kAnchored);
    boolean("smoothed", selector.edges == query::Edges::kSmoothed);
  }
  void shift_fields(const TimeShift& shift) {
    integer("offset", shift.offset_ms);
    if (shift.at == TimeShift::At::kTime) {
      integer("timestamp", shift.at_ms);
    } else {
      null("timestamp");
    }
    if (shift.at == TimeShift::At::kStart || shift.at == TimeShift::At::kEnd) {
      text("startOrEnd", shift.at == TimeShift::At::kStart ? "start" : "end");
    } else {
      null("startOrEnd");
    }
  }

  void type(std::string_view name) { text("type", name); }
  void text(std::string_view key, std::string_view value) {
    json_.key(key);
    json_.text(value);
  }
  void integer(std::string_view key, int64_t value) {
    json_.key(key);
    json_.integer(value);
  }
  void boolean(std::string_view key, bool value) {
    json_.key(key);
    json_.boolean(value);
  }
  /// Null when there is none.
  void number(std::string_view key, std::optional<double> value) {
    json_.key(key);
    if (value) {
      json_.number(*value);
    } else {
      json_.null();
    }
  }
  void null(std::string_view key) {
    json_.key(key);
    json_.null();
  }
  void child(std::string_view key, const Expr& expr) {
    json_.key(key);
    write(expr);
  }
  void names(std::string_view key, const std::vector<std::string>& list) {
    json_.key(key);
    json_.begin_array();
    for (const std::string& name : list) json_.text(name);
    json_.end_array();
  }

  wire::JsonWriter json_;
};

}  // namespace

std::string expression_json(const query::Expr& expr) {
  std::string out;
  TreeWriter(out).write(expr);
  return out;
}

}  // namespace weir::gateway
