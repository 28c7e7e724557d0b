#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "net/ascii.h"
#include "net/http.h"

namespace weir::net {

namespace {

// Each pair costs at least two strings, so a body of `&a&a&a` would take thirty times its size in memory.
constexpr size_t kParamsMax = 1'000;

/// Appends the decoded `text` to `out`. Returns the index of the first bad %-escape, or npos.
size_t decode_into(std::string_view text, bool plus_is_space, std::string& out) {
  out.reserve(out.size() + text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return i;
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return std::string_view::npos;
}

Error bad_escape(size_t position) {
  return invalid_argument(fmt::format("bad %-escape at byte {}", position));
}

}  // namespace

Status Params::parse(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parsed;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('&', begin), text.size());
    const std::string_view piece = text.substr(begin, end - begin);
    const size_t name_bytes = std::min(piece.find('='), piece.size());
    const size_t value_begin = std::min(name_bytes + 1, piece.size());
    if (!piece.empty()) {
      if (items_.size() + parsed.size() >= kParamsMax) {
        return invalid_argument(fmt::format("parameters: limit {}", kParamsMax));
      }
      auto& [name, value] = parsed.emplace_back();
      const size_t bad_name = decode_into(piece.substr(0, name_bytes), true, name);
      if (bad_name != std::string_view::npos) return bad_escape(begin + bad_name);
      const size_t bad_value = decode_into(piece.substr(value_begin), true, value);
      if (bad_value != std::string_view::npos) return bad_escape(begin + value_begin + bad_value);
    }
    begin = end + 1;
  }
  std::move(parsed.begin(), parsed.end(), std::back_inserter(items_));
  return {};
}

std::optional<std::string_view> Params::get(std::string_view name) const {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const auto& item) { return item.first == name; });
  if (found == items_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> Params::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [item_name, value] : items_) {
    if (item_name == name) values.push_back(value);
  }
  return values;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  const size_t bad = decode_into(text, plus_is_space, decoded);
  if (bad != std::string_view::npos) return bad_escape(bad);
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded.push_back('%');
      encoded.push_back(kHex[byte >> 4]);
      encoded.push_back(kHex[byte & 15]);
    }
  }
  return encoded;
}

}  // namespace weir::net
