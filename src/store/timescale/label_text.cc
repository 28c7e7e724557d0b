#include "store/timescale/label_text.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace weir::store::timescale {
namespace {

constexpr char kMark = '\x01';

bool is_plain(std::string_view bytes) {
  return (bytes.empty() || bytes[0] != kMark) && bytes.find('\0') == std::string_view::npos && is_utf8(bytes);
}

int digit(char c) {
  return c >= 'a' ? c - 'a' + 10 : c - '0';
}

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string text_form(std::string_view bytes) {
  if (is_plain(bytes)) return std::string(bytes);
  std::string out(1, kMark);
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string bytes_of(std::string_view text) {
  if (text.empty() || text[0] != kMark) return std::string(text);
  std::string out;
  for (size_t i = 1; i + 1 < text.size(); i += 2) {
    out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return out;
}

std::string json_of(LabelsView labels) {
  std::string out = "{";
  for (const Label& label : labels) {
    if (out.size() > 1) out += ", ";
    append_json_text(out, text_form(label.name));
    out += ": ";
    append_json_text(out, text_form(label.value));
  }
  return out + "}";
}

}  // namespace weir::store::timescale
