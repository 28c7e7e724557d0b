#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/cli/console.h"

namespace weir::app::cli {

/// A part of a server's answer that may be absent, or of another type than this program knows: then it is
/// empty, zero or false. Points into the answer.
class JsonPart {
 public:
  explicit JsonPart(const boost::json::value* value) : value_(value) {}

  JsonPart operator[](std::string_view key) const {
    const boost::json::object* object = value_ == nullptr ? nullptr : value_->if_object();
    return JsonPart(object == nullptr ? nullptr : object->if_contains(key));
  }
  bool present() const { return value_ != nullptr; }
  bool is_true() const { return value_ != nullptr && value_->is_bool() && value_->get_bool(); }
  /// Harmless for a terminal.
  std::string text() const {
    return value_ != nullptr && value_->is_string() ? printable(std::string_view(value_->get_string()))
                                                    : std::string();
  }
  double number() const { return value_ != nullptr && value_->is_number() ? value_->to_number<double>() : 0; }
  /// Of an object, in its order; names are harmless for a terminal.
  std::vector<std::pair<std::string, JsonPart>> fields() const {
    std::vector<std::pair<std::string, JsonPart>> fields;
    if (value_ == nullptr || !value_->is_object()) return fields;
    for (const auto& field : value_->get_object())
      fields.emplace_back(printable(std::string_view(field.key())), JsonPart(&field.value()));
    return fields;
  }
  std::vector<JsonPart> items() const {
    std::vector<JsonPart> items;
    if (value_ == nullptr || !value_->is_array()) return items;
    for (const boost::json::value& item : value_->get_array()) items.emplace_back(&item);
    return items;
  }

 private:
  const boost::json::value* value_;
};

}  // namespace weir::app::cli
