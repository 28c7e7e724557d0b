#include "config/expand.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::config {
namespace {

constexpr size_t kExpandedBytesMax = 64u << 10;

bool is_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), is_part);
}

// The value of what stands between the braces.
Result<std::string> look_up(std::string_view reference, const Environment& environment) {
  const size_t colon = reference.find(":-");
  const bool has_default = colon != std::string_view::npos;
  const std::string name(reference.substr(0, colon));
  if (!is_name(name)) return invalid_argument(fmt::format("\"${{{}}}\" does not name a variable", reference));
  const auto value = environment ? environment(name) : std::nullopt;
  if (value && !(has_default && value->empty())) return *value;
  if (has_default) return std::string(reference.substr(colon + 2));
  return invalid_argument(
      fmt::format("variable {} is not set; ${{{}:-text}} gives it a default", name, name));
}

}  // namespace

Result<std::string> expand(std::string_view text, const Environment& environment) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("${")) {
      const size_t end = text.find('}');
      if (end == std::string_view::npos)
        return invalid_argument("\"${\" without \"}\"; \"$$\" is a dollar sign");
      ASSIGN_OR_RETURN(const std::string value, look_up(text.substr(2, end - 2), environment));
      out += value;
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      out += '$';
      text.remove_prefix(text.starts_with("$$") ? 2 : 1);
    }
    if (out.size() > kExpandedBytesMax) {
      return invalid_argument(fmt::format("more than {} bytes after expansion", kExpandedBytesMax));
    }
  }
  return out;
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '$' ? "$$" : std::string(1, c);
  return out;
}

}  // namespace weir::config
