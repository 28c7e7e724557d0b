#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Text and characters as Go has them. Pure.
namespace weir::rules::templates {

struct Rune {
  uint32_t code = 0xFFFD;
  size_t size = 1;     ///< Bytes.
  bool valid = false;  ///< False for a byte that is part of no character.
};

/// The character at the start of `text`, which is not empty.
Rune first_rune(std::string_view text);

/// Characters of a text; a byte that is part of none counts as one.
size_t rune_count(std::string_view text);

/// The first `count` characters.
std::string_view first_characters(std::string_view text, size_t count);

/// Whether Go prints a character as itself: letters, marks, numbers, punctuation, symbols, the plain space.
bool is_printable(uint32_t code);

/// Upper or lower case, of any script that changes one character to one.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);

/// Each word with its first letter in upper case and the rest as it is, as golang.org/x/text/cases does it.
std::string to_title(std::string_view text);

/// Between double quotes, with Go's escapes; with `ascii`, of all characters beyond ASCII too.
std::string go_quote(std::string_view text, bool ascii = false);

/// A character between single quotes, with Go's escapes.
std::string go_quote_character(uint32_t code, bool ascii = false);

/// `U+0021 '!'`: the character that `text` begins with.
std::string describe_character(std::string_view text);

}  // namespace weir::rules::templates
