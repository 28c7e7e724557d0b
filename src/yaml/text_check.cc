#include "yaml/text_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"

namespace weir::yaml {
namespace {

bool is_forbidden_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

Error error_at(std::string_view text, size_t at, std::string_view what) {
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return invalid_argument(fmt::format("{}:{}: byte 0x{:02x} {}", line, at - line_begin + 1,
                                      static_cast<unsigned char>(text[at]), what));
}

}  // namespace

Status check_text(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_size(text.substr(at));
    if (length == 0) return error_at(text, at, "is not UTF-8");
    if (is_forbidden_control(text[at])) return error_at(text, at, "is a control character");
    at += length;
  }
  return {};
}

}  // namespace weir::yaml
