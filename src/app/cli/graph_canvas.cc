#include "app/cli/graph_canvas.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::app::cli {
namespace {

constexpr std::array<char, GraphCanvas::kPensMax> kCharacters = {'*', '+', 'x', 'o', '#', '@', '%', '&'};
constexpr std::array<Style, GraphCanvas::kPensMax> kColours = {
    Style::kCyan, Style::kYellow, Style::kMagenta,     Style::kGreen,
    Style::kBlue, Style::kRed,    Style::kBrightWhite, Style::kDim};

// The bit of each dot of a braille character, by row and column (Unicode 15, section 21.1).
constexpr uint8_t kBrailleBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

std::string braille(uint8_t dots) {
  // U+2800 and the dots, in UTF-8.
  return {'\xe2', static_cast<char>(0xa0 | dots >> 6), static_cast<char>(0x80 | (dots & 0x3f))};
}

}  // namespace

GraphCanvas::GraphCanvas(size_t columns, size_t rows, Dots dots)
    : columns_(columns),
      rows_(rows),
      dots_(dots),
      cell_width_(dots == Dots::kBraille ? 2 : 1),
      cell_height_(dots == Dots::kBraille ? 4 : 1),
      cells_(columns * rows) {}

void GraphCanvas::line(const Place& from, const Place& to, size_t pen) {
  const auto x_of = [&](const Place& place) {
    return place.x * static_cast<double>(columns_ * cell_width_ - 1);
  };
  const auto y_of = [&](const Place& place) {
    const double middle = static_cast<double>(cell_height_ - 1) / 2;
    return middle + (1 - place.y) * static_cast<double>((rows_ - 1) * cell_height_);
  };
  const double dx = x_of(to) - x_of(from);
  const double dy = y_of(to) - y_of(from);
  const auto count = static_cast<size_t>(std::ceil(std::max({std::abs(dx), std::abs(dy), 1.0})));
  for (size_t i = 0; i <= count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count);
    dot(static_cast<size_t>(std::lround(x_of(from) + share * dx)),
        static_cast<size_t>(std::lround(y_of(from) + share * dy)), pen);
  }
}

void GraphCanvas::dot(size_t x, size_t y, size_t pen) {
  Cell& cell = cells_[y / cell_height_ * columns_ + x / cell_width_];
  cell.dots |= kBrailleBits[y % cell_height_][x % cell_width_];
  cell.pen = static_cast<uint8_t>(pen);
}

std::string GraphCanvas::text_of(const Cell& cell) const {
  if (cell.dots == 0) return " ";
  return dots_ == Dots::kBraille ? braille(cell.dots) : std::string(1, kCharacters[cell.pen]);
}

std::string GraphCanvas::row(size_t row, const Terminal& terminal) const {
  const auto begin = cells_.begin() + static_cast<std::ptrdiff_t>(row * columns_);
  auto end = begin + static_cast<std::ptrdiff_t>(columns_);
  while (end != begin && (end - 1)->dots == 0) --end;
  std::string out;
  for (auto at = begin; at != end;) {
    // Cells of one pen go together, with the blanks between.
    std::string run;
    const uint8_t pen = at->pen;
    for (; at != end && (at->dots == 0 || at->pen == pen); ++at) run += text_of(*at);
    out += run.find_first_not_of(' ') == std::string::npos ? run : styled(terminal, kColours[pen], run);
  }
  return out;
}

std::string GraphCanvas::mark(size_t pen, Dots dots, const Terminal& terminal) {
  const std::string text = dots == Dots::kBraille ? "━" : std::string(1, kCharacters[pen]);
  return styled(terminal, kColours[pen], text);
}

}  // namespace weir::app::cli
