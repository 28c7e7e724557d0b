#include "app/cli/query_summary.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace weir::app::cli {
namespace {

double number_in(const std::string& text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double value = std::numeric_limits<double>::quiet_NaN();
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

double number_of(const AnswerPoint& point) {
  return number_in(point.observations ? *point.observations : point.value);
}

std::string short_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{:.6g}", value);
}

std::vector<std::string> summary_cells(const AnswerSeries& series) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  double sum = 0;
  size_t count = 0;
  for (const AnswerPoint& point : series.points) {
    const double value = number_of(point);
    if (std::isnan(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
    ++count;
  }
  const auto cell = [&](double value) { return count == 0 ? "NaN" : short_number(value); };
  return {cell(low), cell(sum / static_cast<double>(count)), cell(high),
          short_number(number_of(series.points.back()))};
}

}  // namespace weir::app::cli
