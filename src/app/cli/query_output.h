#pragma once

#include <string>
#include <string_view>

#include "app/cli/console.h"
#include "app/cli/query_answer.h"

/// An answer as text. Pure.
namespace weir::app::cli {

/// For people. One point a series: series and value, aligned. Several: smallest, mean, largest and last
/// value, and the curve in the columns that are left.
std::string to_table(const QueryAnswer& answer, const Terminal& terminal);

/// One line a point, RFC 4180: a column for each label name, then `timestamp_ms` and `value`.
std::string to_csv(const QueryAnswer& answer);

/// The message of a refused query with the expression below it and a caret under the place that the message
/// names
/// ("1:5: parse error: ..."); the message alone when it names none.
std::string point_at_error(std::string_view message, std::string_view expression);

}  // namespace weir::app::cli
