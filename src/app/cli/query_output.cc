#include "app/cli/query_output.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "app/cli/query_summary.h"
#include "app/cli/table.h"
#include "app/cli/time_text.h"

namespace weir::app::cli {
namespace {

bool has_histograms(const QueryAnswer& answer) {
  return std::ranges::any_of(answer.series, [](const AnswerSeries& series) {
    return std::ranges::any_of(series.points,
                               [](const AnswerPoint& point) { return point.observations.has_value(); });
  });
}

std::string point_table(const QueryAnswer& answer, const Terminal& terminal) {
  Table table({{"SERIES", Align::kLeft}, {"VALUE", Align::kRight}});
  for (const AnswerSeries& series : answer.series) {
    table.add_row({printable(series_text(series)), printable(series.points.back().value)});
  }
  const TimestampMs time_ms = answer.series.front().points.back().time_ms;
  return styled(terminal, Style::kDim, fmt::format("at {} UTC", readable_time(time_ms))) + "\n" +
         table.to_string(terminal);
}

std::vector<std::string> summary_row(const AnswerSeries& series) {
  std::vector<std::string> row = summary_cells(series);
  row.insert(row.begin(), printable(series_text(series)));
  return row;
}

// Series may begin and end at different times and have gaps, so curves share one time axis.
std::vector<double> on_axis(const AnswerSeries& series, const std::vector<TimestampMs>& axis) {
  std::vector<double> values(axis.size(), std::numeric_limits<double>::quiet_NaN());
  for (const AnswerPoint& point : series.points) {
    const auto at = std::lower_bound(axis.begin(), axis.end(), point.time_ms) - axis.begin();
    values[static_cast<size_t>(at)] = number_of(point);
  }
  return values;
}

std::vector<TimestampMs> time_axis(const QueryAnswer& answer) {
  std::vector<TimestampMs> axis;
  for (const AnswerSeries& series : answer.series) {
    for (const AnswerPoint& point : series.points) axis.push_back(point.time_ms);
  }
  std::sort(axis.begin(), axis.end());
  axis.erase(std::unique(axis.begin(), axis.end()), axis.end());
  return axis;
}

const std::vector<Column>& summary_columns() {
  static const std::vector<Column> columns = {{"SERIES", Align::kLeft},
                                              {"MIN", Align::kRight},
                                              {"MEAN", Align::kRight},
                                              {"MAX", Align::kRight},
                                              {"LAST", Align::kRight}};
  return columns;
}

std::string range_table(const QueryAnswer& answer, const Terminal& terminal) {
  constexpr size_t kCurveMin = 8;
  constexpr size_t kCurveMax = 60;
  const std::vector<TimestampMs> axis = time_axis(answer);
  Table numbers(summary_columns());
  for (const AnswerSeries& series : answer.series) numbers.add_row(summary_row(series));
  const size_t left = terminal.width > numbers.width() + 2 ? terminal.width - numbers.width() - 2 : 0;
  const size_t curve = std::clamp(left, kCurveMin, kCurveMax);

  std::vector<Column> columns = summary_columns();
  columns.push_back({"CURVE", Align::kLeft});
  Table table(columns);
  for (const AnswerSeries& series : answer.series) {
    std::vector<std::string> row = summary_row(series);
    row.push_back(sparkline(resample(on_axis(series, axis), curve)));
    table.add_row(std::move(row));
  }
  const std::string span =
      fmt::format("{} to {} UTC, {} steps{}", readable_time(axis.front()), readable_time(axis.back()),
                  axis.size(), has_histograms(answer) ? "; histograms by their counts" : "");
  return styled(terminal, Style::kDim, span) + "\n" + table.to_string(terminal);
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

std::string label_of(const AnswerSeries& series, const std::string& name) {
  for (const auto& [label, value] : series.labels) {
    if (label == name) return value;
  }
  return {};
}

// "1:5" at the beginning of `text`.
struct Place {
  size_t line;
  size_t column;
};
std::optional<Place> read_place(std::string_view text) {
  Place place{};
  const char* const end = text.data() + text.size();
  const auto line = std::from_chars(text.data(), end, place.line);
  if (line.ec != std::errc() || line.ptr == end || *line.ptr != ':') return std::nullopt;
  const auto column = std::from_chars(line.ptr + 1, end, place.column);
  if (column.ec != std::errc() || column.ptr == end || *column.ptr != ':') return std::nullopt;
  if (place.line == 0 || place.column == 0) return std::nullopt;
  return place;
}

// A place stands first in the message or after a blank.
std::optional<Place> find_place(std::string_view message) {
  for (size_t at = 0; at < message.size(); ++at) {
    if (at > 0 && message[at - 1] != ' ') continue;
    if (const auto place = read_place(message.substr(at))) return place;
  }
  return std::nullopt;
}

std::optional<std::string_view> line_of(std::string_view text, size_t number) {
  for (size_t line = 1; line < number; ++line) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::string to_table(const QueryAnswer& answer, const Terminal& terminal) {
  using Kind = QueryAnswer::Kind;
  if (answer.series.empty()) return "no series\n";
  if (answer.kind == Kind::kScalar || answer.kind == Kind::kString) {
    return printable(answer.series.front().points.front().value) + "\n";
  }
  return answer.kind == Kind::kVector ? point_table(answer, terminal) : range_table(answer, terminal);
}

std::string to_csv(const QueryAnswer& answer) {
  std::set<std::string> names;
  for (const AnswerSeries& series : answer.series) {
    for (const auto& [name, value] : series.labels) names.insert(name);
  }
  std::string out;
  for (const std::string& name : names) out += csv_field(name) + ",";
  out += "timestamp_ms,value\r\n";
  for (const AnswerSeries& series : answer.series) {
    std::string labels;
    for (const std::string& name : names) labels += csv_field(label_of(series, name)) + ",";
    for (const AnswerPoint& point : series.points) {
      out += fmt::format("{}{},{}\r\n", labels, point.time_ms, csv_field(point.value));
    }
  }
  return out;
}

std::string point_at_error(std::string_view message, std::string_view expression) {
  std::string out = printable(message) + "\n";
  const auto place = find_place(message);
  if (!place) return out;
  const auto line = line_of(expression, place->line);
  if (!line || place->column > line->size() + 1) return out;
  const size_t indent = display_width(line->substr(0, place->column - 1));
  return out + fmt::format("  {}\n  {}^\n", printable(*line), std::string(indent, ' '));
}

}  // namespace weir::app::cli
