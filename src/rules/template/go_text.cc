#include "rules/template/go_text.h"

#include <utility>

#include <fmt/format.h>
#include <locale.h>
#include <wctype.h>

#include "base/utf8.h"

namespace weir::rules::templates {
namespace {

// Unicode's properties as the C library knows them, whatever the locale of the process.
locale_t unicode() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

bool is_letter(uint32_t code) {
  return unicode() != nullptr && iswalpha_l(code, unicode()) != 0;
}
bool is_digit(uint32_t code) {
  return '0' <= code && code <= '9';
}

uint32_t upper(uint32_t code) {
  return unicode() == nullptr ? code : towupper_l(code, unicode());
}
uint32_t lower(uint32_t code) {
  return unicode() == nullptr ? code : towlower_l(code, unicode());
}

// Each character through `change`; a byte that is part of none becomes U+FFFD.
template <typename Change>
std::string mapped(std::string_view text, Change change) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    append_utf8(change(rune.code), out);
    text.remove_prefix(rune.size);
  }
  return out;
}

void append_escaped(uint32_t code, char quote, bool ascii, std::string& out) {
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\";
  constexpr std::string_view kNames = "abfnrtv\\";
  const size_t named = code < 0x80 ? kValues.find(static_cast<char>(code)) : std::string_view::npos;
  if (named != std::string_view::npos) {
    out.append({'\\', kNames[named]});
  } else if (code == static_cast<uint32_t>(quote)) {
    out.append({'\\', quote});
  } else if (is_printable(code) && (!ascii || code < 0x80)) {
    append_utf8(code, out);
  } else if (code < ' ' || code == 0x7F) {
    out += fmt::format("\\x{:02x}", code);
  } else {
    out += code < 0x10000 ? fmt::format("\\u{:04x}", code) : fmt::format("\\U{:08x}", code);
  }
}

// What may stand inside of a word between two letters: the apostrophe and the like (Unicode's MidLetter and
// MidNumLet, annex 29).
bool joins_letters(uint32_t code) {
  return code == '\'' || code == '.' || code == ':' || code == 0xB7 || code == 0x2019 || code == 0x2018;
}

}  // namespace

Rune first_rune(std::string_view text) {
  const size_t size = utf8_size(text);
  if (size == 0) return {};
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  if (size == 1) return {byte(0), 1, true};
  uint32_t code = byte(0) & (0xFFu >> (size + 1));
  for (size_t i = 1; i < size; ++i) code = code << 6 | (byte(i) & 0x3F);
  return {code, size, true};
}

size_t rune_count(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(first_rune(text).size);
  return count;
}

std::string_view first_characters(std::string_view text, size_t count) {
  size_t size = 0;
  while (count-- > 0 && size < text.size()) size += first_rune(text.substr(size)).size;
  return text.substr(0, size);
}

bool is_printable(uint32_t code) {
  // Characters that only say how others are set, which the C library takes for printable.
  constexpr std::pair<uint32_t, uint32_t> kFormat[] = {{0xA0, 0xA0},     {0xAD, 0xAD},     {0x200B, 0x200F},
                                                       {0x202A, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}};
  for (const auto& [low, high] : kFormat) {
    if (low <= code && code <= high) return false;
  }
  if (code < 0x80) return ' ' <= code && code != 0x7F;
  return unicode() != nullptr && iswprint_l(code, unicode()) != 0 && iswspace_l(code, unicode()) == 0;
}

std::string to_upper(std::string_view text) {
  return mapped(text, upper);
}

std::string to_lower(std::string_view text) {
  return mapped(text, lower);
}

std::string to_title(std::string_view text) {
  bool in_word = false;    // of letters, digits and underscores
  bool has_title = false;  // its first letter has been seen
  std::string_view rest = text;
  return mapped(text, [&](uint32_t code) {
    rest.remove_prefix(first_rune(rest).size);
    const bool letter = is_letter(code);
    if (letter || is_digit(code) || code == '_') {
      if (!in_word) has_title = false;
      in_word = true;
      if (!letter || has_title) return code;
      has_title = true;
      return upper(code);
    }
    in_word = in_word && joins_letters(code) && !rest.empty() && is_letter(first_rune(rest).code);
    return code;
  });
}

std::string go_quote(std::string_view text, bool ascii) {
  std::string out = "\"";
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    if (rune.valid) {
      append_escaped(rune.code, '"', ascii, out);
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    }
    text.remove_prefix(rune.size);
  }
  return out + '"';
}

std::string go_quote_character(uint32_t code, bool ascii) {
  std::string unused;
  std::string out = "'";
  append_escaped(append_utf8(code, unused) ? code : 0xFFFD, '\'', ascii, out);
  return out + "'";
}

std::string describe_character(std::string_view text) {
  const Rune rune = first_rune(text);
  std::string out = fmt::format("U+{:04X}", rune.code);
  if (is_printable(rune.code)) out += fmt::format(" '{}'", text.substr(0, rune.valid ? rune.size : 0));
  return out;
}

}  // namespace weir::rules::templates
