#include "schema/empty_defaults.h"

#include <boost/json.hpp>

namespace weir::schema {
namespace {

namespace json = boost::json;

using Names = std::set<std::string, std::less<>>;

// "R" of {"name":"weir.R"}.
std::string plain_name(const json::object& named) {
  const json::value* name = named.if_contains("name");
  if (name == nullptr || !name->is_string()) return {};
  const std::string_view full(name->as_string().data(), name->as_string().size());
  return std::string(full.substr(full.rfind('.') + 1));
}

bool is_empty_array(const json::value* value) {
  return value != nullptr && value->is_array() && value->as_array().empty();
}

// Records are objects with fields, wherever they stand. The parser bounds the depth.
void collect(const json::value& value, Names& names) {
  if (value.is_array()) {
    for (const json::value& item : value.as_array()) collect(item, names);
  }
  if (!value.is_object()) return;
  const json::object& object = value.as_object();
  const json::value* fields = object.if_contains("fields");
  if (fields != nullptr && fields->is_array()) {
    for (const json::value& field : fields->as_array()) {
      if (!field.is_object() || !is_empty_array(field.as_object().if_contains("default"))) continue;
      names.insert(plain_name(object) + "." + plain_name(field.as_object()));
    }
  }
  for (const auto& member : object) collect(member.value(), names);
}

}  // namespace

Names empty_defaults(std::string_view schema) {
  json::error_code failed;
  const json::value value = json::parse(json::string_view(schema.data(), schema.size()), failed);
  Names names;
  if (!failed) collect(value, names);
  return names;
}

}  // namespace weir::schema
