#include "gateway/escaped_name.h"

#include <charconv>
#include <optional>

#include "base/utf8.h"

namespace weir::gateway {
namespace {

constexpr std::string_view kPrefix = "U__";
constexpr size_t kDigitsMax = 6;

std::optional<uint32_t> hexadecimal(std::string_view digits) {
  uint32_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, number, 16);
  if (digits.empty() || digits.size() > kDigitsMax || failure != std::errc() || stop != end)
    return std::nullopt;
  return number;
}

// `rest` is behind an underscore; false when it is no character of an escaped name.
bool take_escape(std::string_view& rest, std::string& out) {
  const size_t end = rest.find('_');
  if (end == std::string_view::npos) return false;
  if (end == 0) {
    out += '_';
  } else {
    const auto character = hexadecimal(rest.substr(0, end));
    if (!character || !append_utf8(*character, out)) return false;
  }
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string unescaped_name(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::string(text);
  std::string name;
  for (std::string_view rest = text.substr(kPrefix.size()); !rest.empty();) {
    const char next = rest.front();
    rest.remove_prefix(1);
    if (next != '_') {
      name += next;
    } else if (!take_escape(rest, name)) {
      return std::string(text);
    }
  }
  return name;
}

}  // namespace weir::gateway
