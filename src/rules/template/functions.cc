#include "rules/template/functions.h"

#include <map>

#include <fmt/format.h>

#include "base/suggest.h"
#include "rules/template/constants.h"

namespace weir::rules::templates {
namespace {

using Table = std::map<std::string_view, Function>;

const Table& table() {
  static const Table all = [] {
    Table made;
    for (const auto& part : {builtin_functions(), comparison_functions(), escaping_functions(),
                             number_functions(), text_functions(), vector_functions()}) {
      for (const Function& function : part) made.emplace(function.name, function);
    }
    return made;
  }();
  return all;
}

}  // namespace

std::string_view type_name(Parameter parameter) {
  switch (parameter) {
    case Parameter::kAny:
      return "interface {}";
    case Parameter::kReflected:
      return "reflect.Value";
    case Parameter::kString:
      return "string";
    case Parameter::kSample:
      return "*template.sample";
    case Parameter::kVector:
      return "template.queryResult";
  }
  return "";
}

const Function* find_function(std::string_view name) {
  const auto found = table().find(name);
  return found == table().end() ? nullptr : &found->second;
}

std::string similar_function(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& [known, function] : table()) names.push_back(known);
  return did_you_mean(name, names);
}

Result<double> to_float(const Value& value) {
  if (const auto* number = value.get<double>()) return *number;
  if (const auto* text = value.get<Text>(); text != nullptr && !text->is_html)
    return parse_float(text->str());
  const auto* integer = value.get<Integer>();
  const bool plain =
      integer != nullptr && (integer->type == Integer::Type::kInt || integer->type == Integer::Type::kInt64);
  if (plain) return static_cast<double>(integer->value);
  const std::string_view type = value.is<Nil>() ? "<nil>" : type_name(value);
  return invalid_argument(fmt::format("can't convert {} to float", type));
}

}  // namespace weir::rules::templates
