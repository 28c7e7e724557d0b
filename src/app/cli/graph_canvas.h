#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/console.h"

namespace weir::app::cli {

/// The area of a chart in which the lines are: cells of a terminal, each of which has the dots of a braille
/// character, or is one dot. Owned by one thread.
class GraphCanvas {
 public:
  static constexpr size_t kPensMax = 8;

  enum class Dots { kBraille, kCharacters };
  /// `columns` and `rows` are 1 or more.
  GraphCanvas(size_t columns, size_t rows, Dots dots);

  /// A place, as shares of the width from the left and of the height from the bottom; 0 and 1 are the middle
  /// of the outermost cells upwards, and the outermost dots sideways.
  struct Place {
    double x = 0;
    double y = 0;
  };
  /// A straight line of dots, of both ends too. `pen` is less than kPensMax; where lines cross, the last one
  /// has the colour.
  void line(const Place& from, const Place& to, size_t pen);
  /// One row, 0 being the top, without blanks at its end.
  std::string row(size_t row, const Terminal& terminal) const;

  /// What stands for a pen beside its name.
  static std::string mark(size_t pen, Dots dots, const Terminal& terminal);

 private:
  struct Cell {
    uint8_t dots = 0;
    uint8_t pen = 0;
  };
  void dot(size_t x, size_t y, size_t pen);
  std::string text_of(const Cell& cell) const;

  const size_t columns_;
  const size_t rows_;
  const Dots dots_;
  const size_t cell_width_;  // in dots
  const size_t cell_height_;
  std::vector<Cell> cells_;  // row by row
};

}  // namespace weir::app::cli
