#include "app/cli/query_graph.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <sstream>

#include <fmt/format.h>

#include "app/cli/graph_axis.h"
#include "app/cli/graph_canvas.h"
#include "app/cli/query_summary.h"
#include "app/cli/table.h"
#include "app/cli/time_text.h"

namespace weir::app::cli {
namespace {

using Drawn = std::span<const AnswerSeries>;

struct Extent {
  double low;
  double high;
};

// Of what can be drawn; nothing where all is NaN or infinite.
std::optional<Extent> extent_of(Drawn drawn) {
  std::optional<Extent> extent;
  for (const AnswerSeries& series : drawn) {
    for (const AnswerPoint& point : series.points) {
      const double value = number_of(point);
      if (!std::isfinite(value)) continue;
      extent =
          extent ? Extent{std::min(extent->low, value), std::max(extent->high, value)} : Extent{value, value};
    }
  }
  return extent;
}

double time_share(TimestampMs time_ms, const GraphRange& range) {
  if (range.end_ms <= range.start_ms) return 0;
  const double share =
      static_cast<double>(time_ms - range.start_ms) / static_cast<double>(range.end_ms - range.start_ms);
  return std::clamp(share, 0.0, 1.0);
}

void draw(const AnswerSeries& series, const GraphRange& range, const ValueAxis& axis, size_t pen,
          GraphCanvas& canvas) {
  std::optional<GraphCanvas::Place> last;
  TimestampMs last_ms = 0;
  for (const AnswerPoint& point : series.points) {
    const double value = number_of(point);
    if (!std::isfinite(value)) {
      last.reset();
      continue;
    }
    const GraphCanvas::Place place{time_share(point.time_ms, range), axis.share(value)};
    const bool goes_on = last && point.time_ms - last_ms <= range.step_ms;
    canvas.line(goes_on ? *last : place, place, pen);
    last = place;
    last_ms = point.time_ms;
  }
}

/// How a chart is laid out. Labels stand at each fourth row.
struct Layout {
  size_t label_width = 0;
  size_t columns = 0;  ///< Of the canvas.
  size_t intervals = 0;
  GraphCanvas::Dots dots = GraphCanvas::Dots::kCharacters;

  static constexpr size_t kRowsPerLabel = 4;
  size_t rows() const { return intervals * kRowsPerLabel + 1; }
};

// Without colours, lines are told apart by their characters.
GraphCanvas::Dots dots_of(const Terminal& terminal, size_t series) {
  const bool braille = terminal.utf8 && (terminal.colour || series < 2);
  return braille ? GraphCanvas::Dots::kBraille : GraphCanvas::Dots::kCharacters;
}

// What the head, the axis, the legend and the shell's next line leave, within reason.
size_t intervals_of(const Terminal& terminal, size_t legend_lines) {
  const size_t others = 5 + legend_lines;
  const size_t left = terminal.height > others ? terminal.height - others : 0;
  return std::clamp<size_t>(left / Layout::kRowsPerLabel, 1, 6);
}

size_t widest(const std::vector<std::string>& texts) {
  size_t width = 0;
  for (const std::string& text : texts) width = std::max(width, display_width(text));
  return width;
}

std::string time_line(const GraphRange& range, const Layout& layout) {
  std::string line;
  for (const TimeTick& tick : time_ticks(range.start_ms, range.end_ms, layout.columns)) {
    const size_t half = tick.label.size() / 2;
    const size_t begin = tick.column > half ? tick.column - half : 0;
    if (begin + tick.label.size() > layout.columns || (begin < line.size() + 1 && !line.empty())) continue;
    line.append(begin - line.size(), ' ');
    line += tick.label;
  }
  return line;
}

std::string axis_line(const GraphRange& range, const Layout& layout, bool utf8) {
  std::vector<std::string_view> line(layout.columns, utf8 ? "─" : "-");
  for (const TimeTick& tick : time_ticks(range.start_ms, range.end_ms, layout.columns))
    line[tick.column] = utf8 ? "┬" : "+";
  std::string out;
  for (const std::string_view character : line) out += character;
  return out;
}

std::string chart(const GraphCanvas& canvas, const ValueAxis& axis, const GraphRange& range,
                  const Layout& layout, const Terminal& terminal) {
  const auto dim = [&](std::string_view text) { return styled(terminal, Style::kDim, text); };
  std::string out;
  for (size_t row = 0; row < layout.rows(); ++row) {
    const bool labelled = row % Layout::kRowsPerLabel == 0;
    const std::string label = labelled ? axis.labels[layout.intervals - row / Layout::kRowsPerLabel] : "";
    const std::string_view edge = terminal.utf8 ? (labelled ? "┤" : "│") : (labelled ? "+" : "|");
    out += dim(fmt::format("{:>{}} {}", label, layout.label_width, edge)) + canvas.row(row, terminal) + "\n";
  }
  const std::string margin(layout.label_width + 1, ' ');
  out += dim(margin + (terminal.utf8 ? "└" : "+") + axis_line(range, layout, terminal.utf8)) + "\n";
  return out + dim(margin + " " + time_line(range, layout)) + "\n";
}

// The name may be cut so that the numbers fit.
std::string shortened(const std::string& text, size_t width, bool utf8) {
  if (display_width(text) <= width) return text;
  const std::string_view dots = utf8 ? "…" : "...";
  size_t bytes = 0;
  for (size_t left = width - std::min(width, display_width(dots)); bytes < text.size(); ++bytes) {
    const bool begins_character = (static_cast<unsigned char>(text[bytes]) & 0xc0) != 0x80;
    if (begins_character && left-- == 0) break;
  }
  return text.substr(0, bytes).append(dots);
}

std::string legend(Drawn drawn, GraphCanvas::Dots dots, const Terminal& terminal) {
  constexpr size_t kMark = 2;
  constexpr size_t kNameMin = 16;
  const auto table_of = [&](size_t name_width) {
    Table table({{"SERIES", Align::kLeft},
                 {"MIN", Align::kRight},
                 {"MEAN", Align::kRight},
                 {"MAX", Align::kRight},
                 {"LAST", Align::kRight}});
    for (const AnswerSeries& series : drawn) {
      std::vector<std::string> row = summary_cells(series);
      row.insert(row.begin(), shortened(printable(series_text(series)), name_width, terminal.utf8));
      table.add_row(std::move(row));
    }
    return table;
  };
  const size_t numbers = table_of(0).width();
  const size_t left = terminal.width > numbers + kMark ? terminal.width - numbers - kMark : 0;
  // With no name at all the column is as wide as its title.
  std::istringstream lines(table_of(std::max(kNameMin, left + 6)).to_string(terminal));
  std::string out;
  std::string line;
  for (size_t i = 0; std::getline(lines, line); ++i)
    out += (i == 0 ? " " : GraphCanvas::mark(i - 1, dots, terminal)) + " " + line + "\n";
  return out;
}

std::string head_line(const GraphRange& range, const Terminal& terminal) {
  return styled(terminal, Style::kDim,
                fmt::format("{} to {} UTC", readable_time(range.start_ms), readable_time(range.end_ms))) +
         "\n";
}

}  // namespace

std::string to_graph(const QueryAnswer& answer, const GraphRange& range, const Terminal& terminal) {
  constexpr size_t kColumnsMin = 16;
  if (answer.series.empty()) return "no series\n";
  const Drawn drawn(answer.series.data(), std::min(answer.series.size(), GraphCanvas::kPensMax));
  const size_t more = answer.series.size() - drawn.size();
  const auto extent = extent_of(drawn);
  Layout layout;
  layout.dots = dots_of(terminal, drawn.size());
  std::string out = head_line(range, terminal);
  if (extent) {
    layout.intervals = intervals_of(terminal, drawn.size() + 1 + (more > 0 ? 1 : 0));
    const ValueAxis axis = value_axis(extent->low, extent->high, layout.intervals);
    layout.label_width = widest(axis.labels);
    const size_t used = layout.label_width + 2;
    layout.columns = terminal.width > used + kColumnsMin ? terminal.width - used : kColumnsMin;
    GraphCanvas canvas(layout.columns, layout.rows(), layout.dots);
    for (size_t i = 0; i < drawn.size(); ++i) draw(drawn[i], range, axis, i, canvas);
    out += chart(canvas, axis, range, layout, terminal);
  } else {
    out += "no finite values\n";
  }
  out += legend(drawn, layout.dots, terminal);
  return more == 0 ? out : out + fmt::format("and {} more series\n", more);
}

}  // namespace weir::app::cli
