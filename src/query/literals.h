#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// Numbers and strings as PromQL writes and prints them. Messages carry no position; the parser
/// adds it.
namespace weir::query {

/// Decimal, hexadecimal, octal (leading zero) integers and decimal floats, `Inf` and `NaN` in any case.
/// Underscores count for nothing; where they may stand is the lexer's to say.
Result<double> parse_number(std::string_view text);

/// A float as text in a label (`le`): optional sign, decimal, `Inf`, `NaN`; nothing when it is something
/// else.
std::optional<double> parse_label_float(std::string_view text);

/// The shortest decimal text without an exponent that reads back as `value`; `+Inf`, `-Inf`, `NaN`.
std::string format_number(double value);

/// As Go's `%g`: the shortest text that reads back as `value`, with an exponent of two digits or more when
/// the value is below 1e-4 or not below 1e6; `+Inf`, `-Inf`, `NaN`.
std::string format_general(double value);

/// The content of a literal with its quotes (`"`, `'` or a backtick), escapes resolved.
Result<std::string> unquote(std::string_view literal);

/// `text` between double quotes, with escapes.
std::string quote(std::string_view text);

/// The character that begins at `position` between single quotes, for messages about unexpected ones.
std::string quote_character(std::string_view text, size_t position);

/// Whether a label name can stand without quotes: letters, digits and underscores, no digit first.
bool is_plain_name(std::string_view name);

/// Bytes of the letter, of any script, that `text` begins with; 0 when it begins with none.
size_t letter_length(std::string_view text);

/// What may be a label's name: any UTF-8 text that is not empty.
bool is_label_name(std::string_view name);

/// ASCII letters in lower case.
std::string lower(std::string_view text);

}  // namespace weir::query
