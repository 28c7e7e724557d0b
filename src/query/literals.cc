#include "query/literals.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "query/characters.h"
#include "wire/json_writer.h"

namespace weir::query {
namespace {

std::optional<int64_t> parse_integer(std::string_view digits, int base) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

Error bad_number(std::string_view text, std::string_view why) {
  return invalid_argument(fmt::format("error parsing number: {}: {}", quote(text), why));
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// The shape of a numeric escape: `\x41`, `\101`, `\u00e9`, `\U0001F600`.
struct NumericEscape {
  size_t digits;
  int base;
  uint32_t max;
  bool is_byte;
};

std::optional<NumericEscape> numeric_escape(char c) {
  if (c >= '0' && c <= '7') return NumericEscape{3, 8, 255, true};
  if (c == 'x') return NumericEscape{2, 16, 255, true};
  if (c == 'u') return NumericEscape{4, 16, 0x10FFFF, false};
  if (c == 'U') return NumericEscape{8, 16, 0x10FFFF, false};
  return std::nullopt;
}

Status append_numeric(std::string& out, std::string_view& rest, const NumericEscape& escape) {
  uint32_t value = 0;
  for (size_t i = 0; i < escape.digits; ++i) {
    if (rest.empty()) return invalid_argument("escape sequence not terminated");
    const int digit = hex_value(rest[0]);
    if (digit >= escape.base) {
      return invalid_argument(
          fmt::format("illegal character {} in escape sequence", quote_character(rest, 0)));
    }
    value = value * static_cast<uint32_t>(escape.base) + static_cast<uint32_t>(digit);
    rest.remove_prefix(1);
  }
  if (escape.is_byte && value <= escape.max) {
    out.push_back(static_cast<char>(value));
    return {};
  }
  if (value <= escape.max && append_utf8(value, out)) return {};
  return invalid_argument("escape sequence is an invalid Unicode code point");
}

// `rest` begins after the backslash.
Status append_escape(std::string& out, std::string_view& rest, char quote_mark) {
  constexpr std::string_view kLetters = "abfnrtv\\";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
  if (rest.empty()) return invalid_argument("escape sequence not terminated");
  const char c = rest[0];
  if (const auto escape = numeric_escape(c)) {
    if (escape->base == 16) rest.remove_prefix(1);
    return append_numeric(out, rest, *escape);
  }
  if (const size_t at = kLetters.find(c); at != std::string_view::npos) {
    out.push_back(kMeanings[at]);
  } else if (c == quote_mark) {
    out.push_back(c);
  } else {
    return invalid_argument(fmt::format("unknown escape sequence {}", quote_character(rest, 0)));
  }
  rest.remove_prefix(1);
  return {};
}

// A character inside double quotes, escaped where it must be.
void append_quoted(std::string& out, std::string_view character, char quote_mark) {
  const char c = character[0];
  const auto byte = static_cast<unsigned char>(c);
  if (c == quote_mark || c == '\\') {
    out.push_back('\\');
    out.push_back(c);
  } else if (c == '\n') {
    out.append("\\n");
  } else if (c == '\t') {
    out.append("\\t");
  } else if (c == '\r') {
    out.append("\\r");
  } else if (byte < 0x20 || byte == 0x7F || (character.size() == 1 && byte >= 0x80)) {
    out.append(fmt::format("\\x{:02x}", byte));
  } else {
    out.append(character);
  }
}

}  // namespace

Result<double> parse_number(std::string_view text) {
  if (text.find('_') != std::string_view::npos) {
    std::string digits(text);
    std::erase(digits, '_');
    return parse_number(digits);
  }
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  if (hex) {
    const auto value = parse_integer(text.substr(2), 16);
    if (!value || text[2] == '-') return bad_number(text, "invalid syntax");
    return static_cast<double>(*value);
  }
  if (text.size() > 1 && text[0] == '0') {
    if (const auto octal = parse_integer(text.substr(1), 8); octal && is_digit(text[1])) {
      return static_cast<double>(*octal);
    }
  }
  const std::string name = lower(text);
  if (name == "inf") return std::numeric_limits<double>::infinity();
  if (name == "nan") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // Too small reads as zero, too large is refused; from_chars does not tell them apart.
    if (const size_t e = text.find_first_of("eE");
        e != std::string_view::npos && text.substr(e + 1, 1) == "-") {
      return 0.0;
    }
    return bad_number(text, "value out of range");
  }
  if (error != std::errc() || end != text.data() + text.size()) return bad_number(text, "invalid syntax");
  return value;
}

std::optional<double> parse_label_float(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text[0] == '-' || text.find('(') != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? -value : value;
}

std::string format_number(double value) {
  std::string text;
  wire::append_prometheus_value(text, value);
  return text;
}

std::string format_general(double value) {
  if (!std::isfinite(value)) return format_number(value);
  constexpr double kLeastFixed = 1e-4;
  constexpr double kLeastLarge = 1e6;
  const double size = std::fabs(value);
  const bool fixed = size == 0 || (size >= kLeastFixed && size < kLeastLarge);
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific);
  return {text.data(), end.ptr};
}

Result<std::string> unquote(std::string_view literal) {
  if (literal.size() < 2) return invalid_argument("unterminated quoted string");
  const char quote_mark = literal[0];
  std::string_view rest = literal.substr(1, literal.size() - 2);
  if (quote_mark == '`') return std::string(rest);
  std::string out;
  out.reserve(rest.size());
  while (!rest.empty()) {
    if (rest[0] == '\\') {
      rest.remove_prefix(1);
      RETURN_IF_ERROR(append_escape(out, rest, quote_mark));
    } else {
      out.push_back(rest[0]);
      rest.remove_prefix(1);
    }
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = std::max<size_t>(1, utf8_size(text));
    append_quoted(out, text.substr(0, length), '"');
    text.remove_prefix(length);
  }
  out.push_back('"');
  return out;
}

std::string quote_character(std::string_view text, size_t position) {
  const std::string_view rest = text.substr(std::min(position, text.size()));
  if (rest.empty()) return "end of input";
  std::string out = "'";
  append_quoted(out, rest.substr(0, std::max<size_t>(1, utf8_size(rest))), '\'');
  out.push_back('\'');
  return out;
}

bool is_plain_name(std::string_view name) {
  const auto letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || !letter(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || is_digit(c); });
}

bool is_label_name(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const size_t size = utf8_size(name);
    if (size == 0) return false;
    name.remove_prefix(size);
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

}  // namespace weir::query
