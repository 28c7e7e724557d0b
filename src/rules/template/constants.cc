#include "rules/template/constants.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/utf8.h"
#include "query/literals.h"
#include "rules/template/go_text.h"

namespace weir::rules::templates {
namespace {

Error bad_syntax() {
  return invalid_argument("invalid syntax");
}

int digit_value(char c) {
  if ('0' <= c && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return 'a' <= lower && lower <= 'z' ? lower - 'a' + 10 : 99;
}

// Takes `count` digits off the front; nothing when one is missing.
std::optional<uint32_t> take_digits(std::string_view& text, size_t count, int base) {
  uint32_t value = 0;
  if (text.size() < count) return std::nullopt;
  for (size_t i = 0; i < count; ++i) {
    const int digit = digit_value(text[i]);
    if (digit >= base) return std::nullopt;
    value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
  }
  text.remove_prefix(count);
  return value;
}

struct Character {
  uint32_t code = 0;
  bool is_byte = false;  ///< Not a character, but a byte of a string: \xff, \377.
};

// The character behind a backslash.
Result<Character> take_escape(std::string_view& text, char quote) {
  if (text.empty()) return bad_syntax();
  const char c = text[0];
  constexpr std::string_view kNames = "abfnrtv\\";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\";
  const size_t simple = kNames.find(c);
  if ('0' <= c && c <= '7') {
    const auto code = take_digits(text, 3, 8);
    if (!code || *code > 255) return bad_syntax();
    return Character{*code, true};
  }
  text.remove_prefix(1);
  if (simple != std::string_view::npos) return Character{static_cast<uint32_t>(kValues[simple])};
  if (c == quote) return Character{static_cast<uint32_t>(c)};
  if (c != 'x' && c != 'u' && c != 'U') return bad_syntax();
  const auto code = take_digits(text, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
  std::string unused;
  if (!code || (c != 'x' && !append_utf8(*code, unused))) return bad_syntax();
  return Character{*code, c == 'x'};
}

Result<Character> take_character(std::string_view& text, char quote) {
  if (text.empty() || text[0] == quote) return bad_syntax();
  if (text[0] == '\\') {
    text.remove_prefix(1);
    return take_escape(text, quote);
  }
  const Rune rune = first_rune(text);
  text.remove_prefix(rune.size);
  return Character{rune.code};
}

// The base that a prefix gives, and the text behind it. `0` alone means octal, as in C.
int take_base(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  const char mark = static_cast<char>(text[1] | 0x20);
  const int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
  text.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

// Underscores may stand between digits, and between a prefix and digits.
bool underscores_are_good(std::string_view text) {
  if (text.find('_') == std::string_view::npos) return true;
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  char last = '0';
  const bool has_prefix = text.size() >= 2 && text[0] == '0' && digit_value(text[1]) >= 10 &&
                          std::string_view("xXoObB").find(text[1]) != std::string_view::npos;
  const bool hex = has_prefix && (text[1] | 0x20) == 'x';
  if (has_prefix) text.remove_prefix(2);
  if (!has_prefix && text.starts_with('_')) return false;
  for (const char c : text) {
    const bool digit = digit_value(c) < (hex ? 16 : 10);
    if ((c == '_' && last != '0') || (c != '_' && !digit && last == '_')) return false;
    last = c == '_' ? '_' : digit ? '0' : '!';
  }
  return last != '_';
}

std::string without_underscores(std::string_view text) {
  std::string out(text);
  std::erase(out, '_');
  return out;
}

std::optional<uint64_t> parse_natural(std::string_view text) {
  const std::string digits = without_underscores(text);
  std::string_view rest = digits;
  const int base = take_base(rest);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
  if (error != std::errc() || end != rest.data() + rest.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto magnitude = parse_natural(text);
  const uint64_t max = uint64_t{std::numeric_limits<int64_t>::max()} + (negative ? 1 : 0);
  if (!magnitude || *magnitude > max) return std::nullopt;
  return negative ? static_cast<int64_t>(0 - *magnitude) : static_cast<int64_t>(*magnitude);
}

void set_whole(Number& number, double real) {
  constexpr double kTwo63 = 9'223'372'036'854'775'808.0;
  if (real != std::trunc(real) || std::fabs(real) >= kTwo63) return;
  number.integer = static_cast<int64_t>(real);
  if (real >= 0) number.natural = static_cast<uint64_t>(real);
}

Error bad_float(std::string_view text, std::string_view why) {
  return invalid_argument(fmt::format("strconv.ParseFloat: parsing {}: {}", go_quote(text), why));
}

}  // namespace

Result<std::string> unquote(std::string_view literal) {
  const char quote = literal[0];
  std::string_view rest = literal.substr(1, literal.size() - 2);
  std::string out;
  if (quote == '`') {
    std::copy_if(rest.begin(), rest.end(), std::back_inserter(out), [](char c) { return c != '\r'; });
    return out;
  }
  while (!rest.empty()) {
    ASSIGN_OR_RETURN(const Character character, take_character(rest, quote));
    if (character.is_byte) {
      out.push_back(static_cast<char>(character.code));
    } else {
      append_utf8(character.code, out);
    }
  }
  return out;
}

Result<Number> character_constant(std::string_view literal) {
  std::string_view rest = literal.substr(1);
  ASSIGN_OR_RETURN(const Character character, take_character(rest, '\''));
  if (rest != "'") return invalid_argument(fmt::format("malformed character constant: {}", literal));
  return Number{static_cast<int64_t>(character.code), character.code, static_cast<double>(character.code)};
}

Result<Number> number_constant(std::string_view text) {
  if (!underscores_are_good(text)) return invalid_argument("illegal number syntax: " + go_quote(text));
  Number number;
  number.integer = parse_integer(text);
  number.natural = parse_natural(text);
  if (number.integer == 0) number.natural = 0;
  if (number.integer || number.natural) {
    number.real =
        number.integer ? static_cast<double>(*number.integer) : static_cast<double>(*number.natural);
    return number;
  }
  const auto real = parse_float(text);
  if (!real.ok()) return invalid_argument("illegal number syntax: " + go_quote(text));
  if (text.find_first_of(".eEpP") == std::string_view::npos)
    return invalid_argument("integer overflow: " + go_quote(text));
  number.real = *real;
  set_whole(number, *real);
  return number;
}

Result<double> parse_float(std::string_view text) {
  const std::string digits = underscores_are_good(text) ? without_underscores(text) : std::string(text);
  std::string_view rest = digits;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const bool hex = rest.size() > 2 && rest[0] == '0' && (rest[1] | 0x20) == 'x';
  if (hex) rest.remove_prefix(2);
  const bool begins_well = !rest.empty() && rest[0] != '-' && rest[0] != '+';
  if (!begins_well || (hex && rest.find_first_of("pP") == std::string_view::npos))
    return bad_float(text, "invalid syntax");
  double value = 0;
  const auto format = hex ? std::chars_format::hex : std::chars_format::general;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, format);
  if (end != rest.data() + rest.size() || error == std::errc::invalid_argument || rest.ends_with(')'))
    return bad_float(text, "invalid syntax");
  // The library does not tell too small from too large; what is too small is as good as zero.
  if (error == std::errc::result_out_of_range) {
    value = std::strtod(digits.c_str(), nullptr);
    if (std::isinf(value)) return bad_float(text, "value out of range");
    return value;
  }
  return negative ? -value : value;
}

}  // namespace weir::rules::templates
