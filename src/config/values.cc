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

template <typename Enum>
Status read_choice(const Setting& setting, std::string_view text, Enum& field) {
  const auto found = std::find(setting.choices.begin(), setting.choices.end(), text);
  if (found == setting.choices.end()) {
    return invalid_argument("expected " + describe_values(setting) + did_you_mean(text, setting.choices));
  }
  field = static_cast<Enum>(found - setting.choices.begin());
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

template <typename Enum>
std::string write_choice(const Setting& setting, Enum field) {
  return std::string(setting.choices[static_cast<size_t>(field)]);
}

}  // namespace

Status read_value(const Setting& setting, std::string_view text, std::string& field) {
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

Status read_value(const Setting& setting, std::string_view text, telemetry::Level& field) {
  return read_choice(setting, text, field);
}

Status read_value(const Setting& setting, std::string_view text, telemetry::LoggerOptions::Format& field) {
  return read_choice(setting, text, field);
}

Status read_value(const Setting& setting, std::string_view text, std::vector<Role>& field) {
  std::vector<Role> roles;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    RETURN_IF_ERROR(read_choice(setting, trim(text.substr(begin, end - begin)), roles.emplace_back()));
    RETURN_IF_ERROR(check_roles(roles));
    begin = end + 1;
  }
  field = std::move(roles);
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

std::string write_value(const Setting& setting, telemetry::Level field) {
  return write_choice(setting, field);
}

std::string write_value(const Setting& setting, telemetry::LoggerOptions::Format field) {
  return write_choice(setting, field);
}

std::string write_value(const Setting& setting, const std::vector<Role>& field) {
  std::string text;
  for (const Role role : field) text += (text.empty() ? "" : ",") + write_choice(setting, role);
  return text;
}

}  // namespace weir::config
