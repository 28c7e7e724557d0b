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
    json_.text("val", value);
  }
  void fields(const query::StringLiteral& literal) {
    type("stringLiteral");
    json_.text("val", literal.value);
  }
  void fields(const query::VectorSelector& selector) {
    type("vectorSelector");
    selector_fields(selector);
  }
  void fields(const query::MatrixSelector& matrix) {
    type("matrixSelector");
    json_.integer("range", matrix.range_ms);
    selector_fields(matrix.selector);
  }
  void fields(const query::Subquery& subquery) {
    type("subquery");
    child("expr", *subquery.expr);
    json_.integer("range", subquery.range_ms);
    json_.integer("step", subquery.step_ms);
    shift_fields(subquery.shift);
  }
  void fields(const query::Call& call) {
    type("call");
    json_.key("func");
    json_.begin_object();
    json_.text("name", call.function->name);
    json_.key("argTypes");
    json_.begin_array();
    for (const query::ValueType arg : call.function->args) json_.text(query::api_name(arg));
    json_.end_array();
    json_.integer("variadic", call.function->variadic);
    json_.text("returnType", query::api_name(call.function->result));
    json_.end_object();
    json_.key("args");
    json_.begin_array();
    for (const query::ExprPtr& arg : call.args) write(*arg);
    json_.end_array();
  }
  void fields(const query::Aggregate& aggregate) {
    type("aggregation");
    json_.text("op", query::text(aggregate.op));
    child("expr", *aggregate.expr);
    if (aggregate.param != nullptr) {
      child("param", *aggregate.param);
    } else {
      json_.null("param");
    }
    names("grouping", aggregate.grouping);
    json_.boolean("without", aggregate.without);
  }
  void fields(const query::Binary& binary) {
    type("binaryExpr");
    json_.text("op", query::text(binary.op));
    child("lhs", *binary.lhs);
    child("rhs", *binary.rhs);
    json_.boolean("bool", binary.return_bool);
    const auto is_vector = [](const Expr& side) { return side.type() == query::ValueType::kVector; };
    if (is_vector(*binary.lhs) && is_vector(*binary.rhs)) {
      matching(binary.matching);
    } else {
      json_.null("matching");
    }
  }
  void fields(const query::Unary& unary) {
    type("unaryExpr");
    json_.text("op", unary.negative ? "-" : "+");
    child("expr", *unary.expr);
  }
  void fields(const query::Paren& paren) {
    type("parenExpr");
    child("expr", *paren.expr);
  }

  void matching(const VectorMatching& matching) {
    json_.key("matching");
    json_.begin_object();
    json_.text("card", card_name(matching.card));
    names("labels", matching.labels);
    json_.boolean("on", matching.on);
    names("include", matching.include);
    json_.key("fillValues");
    json_.begin_object();
    number("lhs", matching.fill_left);
    number("rhs", matching.fill_right);
    json_.end_object();
    json_.end_object();
  }
  void selector_fields(const query::VectorSelector& selector) {
    json_.text("name", selector.name);
    json_.key("matchers");
    json_.begin_array();
    for (const Matcher& matcher : selector.matchers) {
      json_.begin_object();
      json_.text("name", matcher.name());
      json_.text("value", matcher.value());
      json_.text("type", op_text(matcher.op()));
      json_.end_object();
    }
    json_.end_array();
    shift_fields(selector.shift);
    json_.boolean("anchored", selector.edges == query::Edges::kAnchored);
    json_.boolean("smoothed", selector.edges == query::Edges::kSmoothed);
  }
  void shift_fields(const TimeShift& shift) {
    json_.integer("offset", shift.offset_ms);
    if (shift.at == TimeShift::At::kTime) {
      json_.integer("timestamp", shift.at_ms);
    } else {
      json_.null("timestamp");
    }
    if (shift.at == TimeShift::At::kStart || shift.at == TimeShift::At::kEnd) {
      json_.text("startOrEnd", shift.at == TimeShift::At::kStart ? "start" : "end");
    } else {
      json_.null("startOrEnd");
    }
  }

  void type(std::string_view name) { json_.text("type", name); }
  /// Null when there is none.
  void number(std::string_view key, std::optional<double> value) {
    if (value) {
      json_.number(key, *value);
    } else {
      json_.null(key);
    }
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
