#include <fmt/format.h>

#include "rules/template/functions.h"
#include "rules/template/go_format.h"

// eq, ne, lt, le, gt and ge; after text/template/funcs.go.
namespace weir::rules::templates {
namespace {

enum class Kind { kOther, kBool, kInteger, kNatural, kReal, kText };

Kind kind_of(const Value& value) {
  if (value.is<bool>()) return Kind::kBool;
  if (value.is<double>()) return Kind::kReal;
  if (value.is<Text>()) return Kind::kText;
  const auto* integer = value.get<Integer>();
  if (integer == nullptr) return Kind::kOther;
  return integer->type == Integer::Type::kByte ? Kind::kNatural : Kind::kInteger;
}

bool is_whole(Kind kind) {
  return kind == Kind::kInteger || kind == Kind::kNatural;
}

bool is_nothing(const Value& value) {
  const auto* sample = value.get<SamplePtr>();
  const auto* vector = value.get<VectorPtr>();
  return value.is<None>() || value.is<Nil>() || (sample != nullptr && *sample == nullptr) ||
         (vector != nullptr && *vector == nullptr);
}

Error incompatible(const Value& a, const Value& b) {
  return invalid_argument(
      fmt::format("incompatible types for comparison: {} and {}", type_name(a), type_name(b)));
}

// Of types that have no order.
Result<bool> same_other(const Value& a, const Value& b) {
  if (is_nothing(a) || is_nothing(b)) return is_nothing(a) == is_nothing(b);
  if (a.held.index() != b.held.index()) {
    return invalid_argument(fmt::format("non-comparable types {}: {}, {}: {}", sprint({&a, 1}), type_name(a),
                                        type_name(b), sprint({&b, 1})));
  }
  if (const auto* sample = a.get<SamplePtr>()) return *sample == *b.get<SamplePtr>();
  if (const auto* histogram = a.get<HistogramPtr>()) return *histogram == *b.get<HistogramPtr>();
  // Each time and duration is a pointer of its own.
  if (a.is<Time>() || a.is<Duration>()) return false;
  return invalid_argument(fmt::format("non-comparable type {}: {}", sprint({&b, 1}), type_name(b)));
}

Result<bool> same(const Value& a, const Value& b) {
  const Kind kind = kind_of(a);
  const Kind other = kind_of(b);
  if (is_whole(kind) && is_whole(other)) return a.get<Integer>()->value == b.get<Integer>()->value;
  if (kind != other) {
    if (!a.is<None>() && !b.is<None>() && !a.is<Nil>() && !b.is<Nil>()) return incompatible(a, b);
    return false;
  }
  switch (kind) {
    case Kind::kBool:
      return *a.get<bool>() == *b.get<bool>();
    case Kind::kReal:
      return *a.get<double>() == *b.get<double>();
    case Kind::kText:
      return a.get<Text>()->str() == b.get<Text>()->str();
    default:
      return same_other(a, b);
  }
}

Result<bool> less(const Value& a, const Value& b) {
  const Kind kind = kind_of(a);
  const Kind other = kind_of(b);
  if (kind == Kind::kOther || other == Kind::kOther) return invalid_argument("invalid type for comparison");
  if (is_whole(kind) && is_whole(other)) return a.get<Integer>()->value < b.get<Integer>()->value;
  if (kind != other) return incompatible(a, b);
  if (kind == Kind::kReal) return *a.get<double>() < *b.get<double>();
  if (kind == Kind::kText) return a.get<Text>()->str() < b.get<Text>()->str();
  return invalid_argument("invalid type for comparison");
}

Result<bool> less_or_same(const Value& a, const Value& b) {
  ASSIGN_OR_RETURN(const bool is_less, less(a, b));
  if (is_less) return true;
  return same(a, b);
}

Result<Value> eq(const Call& call) {
  if (call.arguments.size() < 2) return invalid_argument("missing argument for comparison");
  for (const Value& other : call.arguments.subspan(1)) {
    ASSIGN_OR_RETURN(const bool found, same(call.arguments[0], other));
    if (found) return Value{true};
  }
  return Value{false};
}

// `compare` of both arguments, or the opposite.
template <Result<bool> (*compare)(const Value&, const Value&), bool negate>
Result<Value> comparison(const Call& call) {
  ASSIGN_OR_RETURN(const bool holds, compare(call.arguments[0], call.arguments[1]));
  return Value{holds != negate};
}

}  // namespace

std::vector<Function> comparison_functions() {
  using enum Parameter;
  return {
      {"eq", {kReflected}, kReflected, eq},
      {"ne", {kReflected, kReflected}, {}, comparison<same, true>},
      {"lt", {kReflected, kReflected}, {}, comparison<less, false>},
      {"le", {kReflected, kReflected}, {}, comparison<less_or_same, false>},
      // As Go has it: NaN is greater than everything.
      {"gt", {kReflected, kReflected}, {}, comparison<less_or_same, true>},
      {"ge", {kReflected, kReflected}, {}, comparison<less, true>},
  };
}

}  // namespace weir::rules::templates
