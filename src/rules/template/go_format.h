#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rules/template/value.h"

/// Values as Go's fmt package prints them.
namespace weir::rules::templates {

/// As `fmt.Sprint`: a space between two that are both no text.
std::string sprint(std::span<const Value> values);
/// As `fmt.Sprintln`.
std::string sprintln(std::span<const Value> values);
/// As `fmt.Sprintf`; what does not fit is said in the text, as in Go: `%!d(string=x)`. Addresses in memory
/// are made up. Errors: kResourceExhausted for more than `bytes_max`.
Result<std::string> sprintf(std::string_view format, std::span<const Value> values, size_t bytes_max);

/// As an action prints it.
std::string printed(const Value& value);

}  // namespace weir::rules::templates
