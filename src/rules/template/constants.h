#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rules/template/syntax_tree.h"

/// Constants as Go writes them. Errors are kInvalidArgument with Go's words, without a position.
namespace weir::rules::templates {

/// The content of a string between double quotes or backticks.
Result<std::string> unquote(std::string_view literal);

/// A character between single quotes, as a number.
Result<Number> character_constant(std::string_view literal);

/// A number in any of Go's forms (0x1F, 0b1, 0o7, 1_000, 1e3, 0x1p-2). Integers of more than 64 bits are
/// refused.
Result<Number> number_constant(std::string_view text);

/// What Go's strconv.ParseFloat makes of a text: decimal or hexadecimal, Inf and NaN in any case.
Result<double> parse_float(std::string_view text);

}  // namespace weir::rules::templates
