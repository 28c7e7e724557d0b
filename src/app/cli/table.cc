#include "app/cli/table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "base/check.h"

namespace weir::app::cli {
namespace {

constexpr size_t kGap = 2;

void append_cell(std::string& line, std::string_view cell, size_t width, Align align) {
  const size_t used = display_width(cell);
  const std::string padding(width > used ? width - used : 0, ' ');
  if (align == Align::kRight) line += padding;
  line += cell;
  if (align == Align::kLeft) line += padding;
}

void trim_end(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

double mean(std::span<const double> values) {
  double sum = 0;
  size_t count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

}  // namespace

void Table::add_row(std::vector<std::string> cells) {
  CHECK(cells.size() == columns_.size(), "a cell for each column");
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::widths() const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  return widths;
}

size_t Table::width() const {
  size_t total = 0;
  for (const size_t width : widths()) total += width + kGap;
  return columns_.empty() ? 0 : total - kGap;
}

std::string Table::to_string(const Terminal& terminal) const {
  const std::vector<size_t> widths = this->widths();
  std::string title;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) title.append(kGap, ' ');
    append_cell(title, columns_[i].title, widths[i], columns_[i].align);
  }
  trim_end(title);
  std::string out = styled(terminal, Style::kBold, title) + "\n";
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      append_cell(line, row[i], widths[i], columns_[i].align);
    }
    trim_end(line);
    out += line + "\n";
  }
  return out;
}

size_t display_width(std::string_view text) {
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string sparkline(const std::vector<double>& values) {
  static constexpr std::string_view kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  std::string out;
  for (const double value : values) {
    if (std::isnan(value)) {
      out += ' ';
      continue;
    }
    // Halves keep the difference of the largest numbers finite.
    const double share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0;
    out += kBlocks[static_cast<size_t>(std::clamp(share, 0.0, 1.0) * (std::size(kBlocks) - 1) + 0.5)];
  }
  return out;
}

std::vector<double> resample(const std::vector<double>& values, size_t points) {
  if (values.size() <= points) return values;
  std::vector<double> out;
  for (size_t i = 0; i < points; ++i) {
    const size_t begin = i * values.size() / points;
    const size_t end = (i + 1) * values.size() / points;
    out.push_back(mean(std::span(values).subspan(begin, end - begin)));
  }
  return out;
}

}  // namespace weir::app::cli
