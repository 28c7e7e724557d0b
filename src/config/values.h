#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/settings.h"

/// Reading and writing one value, by the type of its field; `setting` gives kind, bounds and choices.
/// `read_value` leaves the field alone when it fails.
namespace weir::config {

Status read_value(const Setting& setting, std::string_view text, std::string& field);
Status read_value(const Setting& setting, std::string_view text, uint64_t& field);
Status read_value(const Setting& setting, std::string_view text, std::chrono::milliseconds& field);
Status read_value(const Setting& setting, std::string_view text, bool& field);
Status read_value(const Setting& setting, std::string_view text, std::vector<Role>& field);
Status read_value(const Setting& setting, std::string_view text, std::vector<std::string>& field);
Status read_value(const Setting& setting, std::string_view text,
                  std::map<std::string, std::chrono::milliseconds>& field);

std::string write_value(const Setting& setting, const std::string& field);
std::string write_value(const Setting& setting, uint64_t field);
std::string write_value(const Setting& setting, std::chrono::milliseconds field);
std::string write_value(const Setting& setting, bool field);
std::string write_value(const Setting& setting, const std::vector<Role>& field);
std::string write_value(const Setting& setting, const std::vector<std::string>& field);
std::string write_value(const Setting& setting,
                        const std::map<std::string, std::chrono::milliseconds>& field);

/// Which of `setting.choices` the text is.
Result<size_t> read_choice(const Setting& setting, std::string_view text);

/// An enumeration whose values are the choices, in order.
template <typename Enum>
  requires std::is_enum_v<Enum>
Status read_value(const Setting& setting, std::string_view text, Enum& field) {
  ASSIGN_OR_RETURN(const size_t index, read_choice(setting, text));
  field = static_cast<Enum>(index);
  return {};
}
template <typename Enum>
  requires std::is_enum_v<Enum>
std::string write_value(const Setting& setting, Enum field) {
  return std::string(setting.choices[static_cast<size_t>(field)]);
}

}  // namespace weir::config
