#include "config/values.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/suggest.h"
#include "config/units.h"

namespace weir::config {
namespace {

Status check_bounds(const Setting& setting, uint64_t value) {
  if (value >= setting.min && value <= setting.max) return {};
  return invalid_argument("expected " + describe_values(setting));
}

// HOST:PORT; an IPv6 host stands in brackets.
Status check_address(std::string_view text) {
  const Error error = invalid_argument("expected HOST:PORT such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:0");
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return error;
  const std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (!bracketed && host.find_first_of(":[]") != std::string_view::npos) return error;
  if (host.find_first_of(" \t/@") != std::string_view::npos) return error;
  const auto port = parse_count(text.substr(colon + 1));
  if (!port.ok() || *port > 65'535) return error;
  return {};
}

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

Status check_roles(const std::vector<Role>& roles) {
  const bool all = std::find(roles.begin(), roles.end(), Role::kAll) != roles.end();
  if (all && roles.size() > 1) return invalid_argument("\"all\" stands alone");
  for (size_t i = 0; i < roles.size(); ++i) {
    if (std::find(roles.begin() + static_cast<ptrdiff_t>(i) + 1, roles.end(), roles[i]) == roles.end())
      continue;
    return invalid_argument(fmt::format("\"{}\" is named twice", role_name(roles[i])));
  }
  return {};
}

/// The items of a list separated by commas, without the spaces around them; "" has one, which is empty.
std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> items;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    items.push_back(trim(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return items;
}

}  // namespace

Result<size_t> read_choice(const Setting& setting, std::string_view text) {
  const auto found = std::find(setting.choices.begin(), setting.choices.end(), text);
  if (found != setting.choices.end()) return static_cast<size_t>(found - setting.choices.begin());
  return invalid_argument("expected " + describe_values(setting) + did_you_mean(text, setting.choices));
}

Status read_value(const Setting& setting, std::string_view text, std::string& field) {
  if (setting.kind == Kind::kChoice) {
    ASSIGN_OR_RETURN(const size_t index, read_choice(setting, text));
    field = setting.choices[index];
    return {};
  }
  if (setting.kind == Kind::kAddress) RETURN_IF_ERROR(check_address(text));
  RETURN_IF_ERROR(check_bounds(setting, text.size()));
  field = text;
  return {};
}

Status read_value(const Setting& setting, std::string_view text, uint64_t& field) {
  ASSIGN_OR_RETURN(const uint64_t value, setting.kind == Kind::kSize ? parse_size(text) : parse_count(text));
  RETURN_IF_ERROR(check_bounds(setting, value));
  field = value;
  return {};
}

Status read_value(const Setting& setting, std::string_view text, std::chrono::milliseconds& field) {
  ASSIGN_OR_RETURN(const auto value, parse_duration(text));
  RETURN_IF_ERROR(check_bounds(setting, static_cast<uint64_t>(value.count())));
  field = value;
  return {};
}

Status read_value(const Setting&, std::string_view text, bool& field) {
  ASSIGN_OR_RETURN(field, parse_switch(text));
  return {};
}

Status read_value(const Setting& setting, std::string_view text, std::vector<Role>& field) {
  std::vector<Role> roles;
  for (const std::string_view item : split_list(text)) {
    RETURN_IF_ERROR(read_value(setting, item, roles.emplace_back()));
    RETURN_IF_ERROR(check_roles(roles));
  }
  field = std::move(roles);
  return {};
}

Status read_value(const Setting& setting, std::string_view text, std::vector<std::string>& field) {
  std::vector<std::string> addresses;
  if (!trim(text).empty()) {
    for (const std::string_view item : split_list(text)) {
      RETURN_IF_ERROR(check_address(item));
      addresses.emplace_back(item);
    }
  }
  RETURN_IF_ERROR(check_bounds(setting, addresses.size()));
  field = std::move(addresses);
  return {};
}

Status read_value(const Setting& setting, std::string_view text,
                  std::map<std::string, std::chrono::milliseconds>& field) {
  std::map<std::string, std::chrono::milliseconds> durations;
  if (!trim(text).empty()) {
    for (const std::string_view item : split_list(text)) {
      const size_t equals = item.find('=');
      const std::string name(trim(item.substr(0, equals)));
      if (equals == std::string_view::npos || name.empty())
        return invalid_argument("expected " + describe_values(setting));
      const auto [at, added] = durations.try_emplace(name);
      if (!added) return invalid_argument(fmt::format("\"{}\" is named twice", name));
      RETURN_IF_ERROR(read_value(setting, trim(item.substr(equals + 1)), at->second).context(name));
    }
  }
  field = std::move(durations);
  return {};
}

std::string write_value(const Setting&, const std::string& field) {
  return field;
}

std::string write_value(const Setting& setting, uint64_t field) {
  return setting.kind == Kind::kSize ? format_size(field) : std::to_string(field);
}

std::string write_value(const Setting&, std::chrono::milliseconds field) {
  return format_duration(field);
}

std::string write_value(const Setting&, bool field) {
  return field ? "on" : "off";
}

std::string write_value(const Setting& setting, const std::vector<Role>& field) {
  std::string text;
  for (const Role role : field) text += (text.empty() ? "" : ",") + write_value(setting, role);
  return text;
}

std::string write_value(const Setting&, const std::map<std::string, std::chrono::milliseconds>& field) {
  std::string text;
  for (const auto& [name, duration] : field)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, format_duration(duration));
  return text;
}

std::string write_value(const Setting&, const std::vector<std::string>& field) {
  return fmt::format("{}", fmt::join(field, ","));
}

}  // namespace weir::config
