#pragma once

#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "pg/connection.h"

/// Reads cells of statements that are our own, so that their types are known: a cell of another width is a
/// defect and reads as zero, a NULL as zero or empty.
namespace weir::store::timescale {

std::string_view text_cell(const pg::Rows& rows, size_t row, size_t column);
bool bool_cell(const pg::Rows& rows, size_t row, size_t column);
int64_t int_cell(const pg::Rows& rows, size_t row, size_t column);  ///< int4 or int8.
double float_cell(const pg::Rows& rows, size_t row, size_t column);
TimestampMs time_cell(const pg::Rows& rows, size_t row, size_t column);

/// Appends the elements of a one-dimensional timestamptz[] or float8[] without NULLs; false when it is
/// malformed.
[[nodiscard]] bool append_times(std::string_view array, std::vector<TimestampMs>& out);
[[nodiscard]] bool append_values(std::string_view array, std::vector<double>& out);

}  // namespace weir::store::timescale
