#include "rules/template/format_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "query/literals.h"
#include "rules/template/go_text.h"

namespace weir::rules::templates {
namespace {

// C's exponents of hexadecimal floats have no leading zero; Go's have two digits.
std::string with_two_digit_exponent(std::string text) {
  const size_t exponent = text.find_first_of("pP");
  if (exponent != std::string::npos && exponent + 3 == text.size()) text.insert(exponent + 2, "0");
  return text;
}

std::string print_real(const char* format, int precision, double value) {
  const int size = std::snprintf(nullptr, 0, format, precision, value);
  std::string text(static_cast<size_t>(size) + 1, '\0');
  std::snprintf(text.data(), text.size(), format, precision, value);
  text.pop_back();
  return text;
}

// The shortest digits, brought to six with zeros, and with a point in any case.
std::string with_six_digits(std::string_view text) {
  const size_t exponent = std::min(text.find('e'), text.size());
  std::string out(text.substr(0, exponent));
  bool has_point = false;
  int digits = 0;  // from the first that is not zero on
  for (const char c : out) {
    has_point = has_point || c == '.';
    digits += c != '.' && (digits > 0 || c != '0') ? 1 : 0;
  }
  if (out == "0") digits = 1;
  if (!has_point) out += '.';
  for (; digits < 6; ++digits) out += '0';
  return out += text.substr(exponent);
}

std::string_view rune_text(uint64_t code, std::string& out) {
  if (code > 0x10FFFF || !append_utf8(static_cast<uint32_t>(code), out)) append_utf8(0xFFFD, out);
  return out;
}

}  // namespace

bool FormatWriter::boolean(bool value, char verb) {
  if (verb != 't' && verb != 'v') return false;
  padded(value ? "true" : "false");
  return true;
}

bool FormatWriter::integer(int64_t value, bool is_signed, char verb) {
  const bool negative = is_signed && value < 0;
  const auto bits = static_cast<uint64_t>(value);
  const uint64_t magnitude = negative ? 0 - bits : bits;
  std::string character;
  switch (verb) {
    case 'v':
    case 'd':
      digits(magnitude, negative, 10, verb);
      return true;
    case 'b':
      digits(magnitude, negative, 2, verb);
      return true;
    case 'o':
    case 'O':
      digits(magnitude, negative, 8, verb);
      return true;
    case 'x':
    case 'X':
      digits(magnitude, negative, 16, verb);
      return true;
    case 'c':
      padded(rune_text(bits, character));
      return true;
    case 'q':
      padded(go_quote_character(bits > 0x10FFFF ? 0xFFFD : static_cast<uint32_t>(bits), flags_.plus));
      return true;
    case 'U':
      unicode(bits);
      return true;
    default:
      return false;
  }
}

void FormatWriter::digits(uint64_t value, bool negative, unsigned base, char verb) {
  size_t count_min = 0;
  if (flags_.has_precision) {
    count_min = static_cast<size_t>(flags_.precision);
    // No digits are needed for zero, so only the padding remains.
    if (count_min == 0 && value == 0) return padded_without_zeros("");
  } else if (flags_.zero && !flags_.minus && flags_.has_width) {
    const int sign = negative || flags_.plus || flags_.space ? 1 : 0;
    count_min = static_cast<size_t>(std::max(0, flags_.width - sign));
  }
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, static_cast<int>(base)).ptr;
  std::string text(buffer, end);
  if (verb == 'X') text = to_upper(text);
  if (text.size() < count_min) text.insert(0, count_min - text.size(), '0');
  if (flags_.sharp && base == 2) text.insert(0, "0b");
  if (flags_.sharp && base == 8 && text[0] != '0') text.insert(0, "0");
  if (flags_.sharp && base == 16) text.insert(0, verb == 'X' ? "0X" : "0x");
  if (verb == 'O') text.insert(0, "0o");
  if (negative) {
    text.insert(0, "-");
  } else if (flags_.plus || flags_.space) {
    text.insert(0, flags_.plus ? "+" : " ");
  }
  padded_without_zeros(text);
}

void FormatWriter::unicode(uint64_t value) {
  const size_t count_min = flags_.has_precision ? static_cast<size_t>(std::max(4, flags_.precision)) : 4;
  std::string text = fmt::format("{:X}", value);
  if (text.size() < count_min) text.insert(0, count_min - text.size(), '0');
  text.insert(0, "U+");
  std::string character;
  if (flags_.sharp && value <= 0x10FFFF && is_printable(static_cast<uint32_t>(value)))
    text += fmt::format(" '{}'", rune_text(value, character));
  padded_without_zeros(text);
}

std::string FormatWriter::real_digits(double value, char verb, int precision) const {
  if (precision < 0 && (verb == 'g' || verb == 'G')) {
    std::string text = query::format_general(value);
    if (flags_.sharp) text = with_six_digits(text);
    return verb == 'G' ? to_upper(text) : text;
  }
  const bool sharp = flags_.sharp;
  switch (verb) {
    case 'e':
      return print_real(sharp ? "%#.*e" : "%.*e", precision, value);
    case 'E':
      return print_real(sharp ? "%#.*E" : "%.*E", precision, value);
    case 'g':
      return print_real(sharp ? "%#.*g" : "%.*g", precision, value);
    case 'G':
      return print_real(sharp ? "%#.*G" : "%.*G", precision, value);
    case 'x':
      return with_two_digit_exponent(print_real("%.*a", precision, value));
    case 'X':
      return with_two_digit_exponent(print_real("%.*A", precision, value));
    default:
      return print_real(sharp ? "%#.*f" : "%.*f", precision, value);
  }
}

bool FormatWriter::real(double value, char verb) {
  if (std::string_view("vgGxXfFeE").find(verb) == std::string_view::npos) return false;
  int precision = std::string_view("fFeE").find(verb) == std::string_view::npos ? -1 : 6;
  if (flags_.has_precision) precision = flags_.precision;
  if (std::isnan(value)) {
    padded_without_zeros(flags_.plus ? "+NaN" : flags_.space ? " NaN" : "NaN");
    return true;
  }
  const bool negative = std::signbit(value);
  const std::string_view sign = negative ? "-" : flags_.plus ? "+" : flags_.space ? " " : "";
  if (std::isinf(value)) {
    padded_without_zeros(fmt::format("{}Inf", sign.empty() ? "+" : sign));
    return true;
  }
  const std::string text = real_digits(std::fabs(value), verb == 'v' ? 'g' : verb, precision);
  const size_t size = sign.size() + text.size();
  const auto width = static_cast<size_t>(flags_.width);
  if (!sign.empty() && flags_.zero && !flags_.minus && width > size) {
    out_.append(sign).append(width - size, '0').append(text);
  } else {
    padded(std::string(sign) + text);
  }
  return true;
}

bool FormatWriter::text(std::string_view value, char verb) {
  switch (verb) {
    case 'v':
      padded(flags_.go_syntax ? go_quote(cut(value)) : std::string(cut(value)));
      return true;
    case 's':
      padded(cut(value));
      return true;
    case 'x':
    case 'X':
      hexadecimal(value, verb == 'X');
      return true;
    case 'q': {
      const std::string_view shown = cut(value);
      const bool raw = flags_.sharp && std::none_of(shown.begin(), shown.end(), [](char c) {
                         return c == '`' || c == '\x7f' || (static_cast<unsigned char>(c) < ' ' && c != '\t');
                       });
      padded(raw ? fmt::format("`{}`", shown) : go_quote(shown, flags_.plus));
      return true;
    }
    default:
      return false;
  }
}

void FormatWriter::hexadecimal(std::string_view value, bool upper) {
  if (flags_.has_precision) value = value.substr(0, static_cast<size_t>(flags_.precision));
  const std::string_view prefix = !flags_.sharp ? "" : upper ? "0X" : "0x";
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    if (i > 0 && flags_.space) text += ' ';
    if (i == 0 || flags_.space) text += prefix;
    const unsigned byte = static_cast<unsigned char>(value[i]);
    text += upper ? fmt::format("{:02X}", byte) : fmt::format("{:02x}", byte);
  }
  padded(text);
}

void FormatWriter::padded(std::string_view text) {
  const size_t count = flags_.has_width ? rune_count(text) : 0;
  const size_t width = flags_.has_width ? static_cast<size_t>(flags_.width) : 0;
  const size_t missing = width > count ? width - count : 0;
  if (!flags_.minus) padding(missing);
  out_ += text;
  if (flags_.minus) padding(missing);
}

void FormatWriter::padded_without_zeros(std::string_view text) {
  const bool zero = std::exchange(flags_.zero, false);
  padded(text);
  flags_.zero = zero;
}

std::string_view FormatWriter::cut(std::string_view text) const {
  return flags_.has_precision ? first_characters(text, static_cast<size_t>(flags_.precision)) : text;
}

}  // namespace weir::rules::templates
