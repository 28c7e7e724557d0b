#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/console.h"

namespace weir::app::cli {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

/// Rows of text under titles, laid out in columns of equal width with two spaces between. Nothing is cut off.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns.
  void add_row(std::vector<std::string> cells);
  /// Lines that end with a newline, without blanks at their ends; the titles are bold where the terminal
  /// allows it.
  std::string to_string(const Terminal& terminal) const;
  /// Columns that the widest line takes.
  size_t width() const;

 private:
  std::vector<size_t> widths() const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// How many columns of a terminal `text` takes, counting one for each character (wide East Asian ones take
/// two and will shift a line; no table of widths is worth that).
size_t display_width(std::string_view text);

/// A row of eight block heights, one for each of `values` scaled between their smallest and largest; a blank
/// for NaN.
std::string sparkline(const std::vector<double>& values);

/// `values` brought down to at most `points` by taking the mean of neighbours; NaN is left out of a mean.
std::vector<double> resample(const std::vector<double>& values, size_t points);

}  // namespace weir::app::cli
