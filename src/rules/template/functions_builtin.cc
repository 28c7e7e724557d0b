#include <limits>

#include <fmt/format.h>

#include "rules/template/functions.h"
#include "rules/template/go_format.h"

// Go's own functions that are no comparisons; after text/template/funcs.go.
namespace weir::rules::templates {
namespace {

Result<Value> logical_not(const Call& call) {
  return Value{!is_true(call.arguments[0])};
}

bool has_length(const Value& value) {
  return value.is<Text>() || value.is<LabelMapPtr>() || value.is<ArgumentMapPtr>() || value.is<VectorPtr>();
}

Result<Value> length(const Call& call) {
  const Value& item = call.arguments[0];
  if (item.is<None>() || item.is<Nil>()) return invalid_argument("len of nil pointer");
  if (!has_length(item)) return invalid_argument(fmt::format("len of type {}", type_name(item)));
  return Value{Integer{static_cast<int64_t>(size_of(item))}};
}

// A place in something of `size` items; its end is one.
Result<size_t> position(const Value& index, size_t size) {
  const auto* integer = index.get<Integer>();
  if (index.is<None>() || index.is<Nil>()) return invalid_argument("cannot index slice/array with nil");
  if (integer == nullptr)
    return invalid_argument(fmt::format("cannot index slice/array with type {}", type_name(index)));
  if (integer->value < 0 || static_cast<uint64_t>(integer->value) > size)
    return invalid_argument(fmt::format("index out of range: {}", integer->value));
  return static_cast<size_t>(integer->value);
}

Result<std::string> map_key(const Value& index) {
  if (index.is<None>() || index.is<Nil>()) return invalid_argument("value is nil; should be of type string");
  const auto* text = index.get<Text>();
  if (text == nullptr || text->is_html)
    return invalid_argument(fmt::format("value has type {}; should be string", type_name(index)));
  return text->str();
}

Result<Value> item_at(const Value& item, const Value& index) {
  if (const auto* map = item.get<LabelMapPtr>()) {
    ASSIGN_OR_RETURN(const std::string key, map_key(index));
    const auto found = (*map)->find(key);
    return text_value(found == (*map)->end() ? std::string() : found->second);
  }
  if (const auto* map = item.get<ArgumentMapPtr>()) {
    ASSIGN_OR_RETURN(const std::string key, map_key(index));
    const auto found = (*map)->values.find(key);
    return found == (*map)->values.end() ? Value{Nil()} : found->second;
  }
  const auto* text = item.get<Text>();
  const auto* vector = item.get<VectorPtr>();
  if (text == nullptr && vector == nullptr)
    return invalid_argument(fmt::format("can't index item of type {}", type_name(item)));
  ASSIGN_OR_RETURN(const size_t at, position(index, size_of(item)));
  if (at == size_of(item))
    return invalid_argument(fmt::format("reflect: {} index out of range", text ? "string" : "slice"));
  if (vector != nullptr) return Value{(**vector)[at]};
  return Value{Integer{static_cast<unsigned char>(text->str()[at]), Integer::Type::kByte}};
}

Result<Value> index(const Call& call) {
  Value item = call.arguments[0];
  if (item.is<None>() || item.is<Nil>()) return invalid_argument("index of untyped nil");
  for (const Value& each : call.arguments.subspan(1)) {
    if (item.is<Nil>()) return invalid_argument("index of nil pointer");
    ASSIGN_OR_RETURN(item, item_at(item, each));
  }
  return item;
}

Result<Value> slice(const Call& call) {
  const Value& item = call.arguments[0];
  const auto indexes = call.arguments.subspan(1);
  const auto* text = item.get<Text>();
  const auto* vector = item.get<VectorPtr>();
  if (item.is<None>() || item.is<Nil>()) return invalid_argument("slice of untyped nil");
  if (indexes.size() > 3) return invalid_argument(fmt::format("too many slice indexes: {}", indexes.size()));
  if (text != nullptr && indexes.size() == 3) return invalid_argument("cannot 3-index slice a string");
  if (text == nullptr && vector == nullptr)
    return invalid_argument(fmt::format("can't slice item of type {}", type_name(item)));
  size_t bounds[] = {0, size_of(item), size_of(item)};
  for (size_t i = 0; i < indexes.size(); ++i) {
    ASSIGN_OR_RETURN(bounds[i], position(indexes[i], size_of(item)));
  }
  for (size_t i = 0; i < 2; ++i) {
    if (bounds[i] > bounds[i + 1])
      return invalid_argument(fmt::format("invalid slice index: {} > {}", bounds[i], bounds[i + 1]));
  }
  const size_t count = bounds[1] - bounds[0];
  if (text != nullptr)
    return Value{
        Text{std::make_shared<const std::string>(text->str().substr(bounds[0], count)), text->is_html}};
  if (*vector == nullptr) return item;
  const auto begin = (*vector)->begin() + static_cast<std::ptrdiff_t>(bounds[0]);
  return Value{std::make_shared<std::vector<SamplePtr>>(begin, begin + static_cast<std::ptrdiff_t>(count))};
}

Result<Value> print(const Call& call) {
  return text_value(sprint(call.arguments));
}

Result<Value> println(const Call& call) {
  return text_value(sprintln(call.arguments));
}

Result<Value> printf(const Call& call) {
  ASSIGN_OR_RETURN(std::string text,
                   sprintf(call.text(0), call.arguments.subspan(1), call.limits.output_bytes_max));
  return text_value(std::move(text));
}

// No value of a template is a function.
Result<Value> call_value(const Call& call) {
  const Value& callee = call.arguments[0];
  if (callee.is<None>() || callee.is<Nil>()) return invalid_argument("call of nil");
  return invalid_argument(fmt::format("non-function {} of type {}", printed(callee), type_name(callee)));
}

}  // namespace

std::vector<Function> builtin_functions() {
  using enum Parameter;
  return {
      {"and", {kReflected}, kReflected, nullptr},
      {"or", {kReflected}, kReflected, nullptr},
      {"not", {kReflected}, {}, logical_not},
      {"len", {kReflected}, {}, length},
      {"index", {kReflected}, kReflected, index},
      {"slice", {kReflected}, kReflected, slice},
      {"print", {}, kAny, print},
      {"println", {}, kAny, println},
      {"printf", {kString}, kAny, printf},
      {"call", {kReflected}, kReflected, call_value},
  };
}

}  // namespace weir::rules::templates
