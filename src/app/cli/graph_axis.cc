#include "app/cli/graph_axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "app/cli/time_text.h"

namespace weir::app::cli {
namespace {

constexpr double kMax = std::numeric_limits<double>::max();

struct Span {
  double low;
  double high;
};

// A constant series is a line with room around it. Less than the least normal number is no distance, as its
// parts are not numbers any more.
Span with_room(double low, double high) {
  constexpr double kLeast = std::numeric_limits<double>::min();
  if (high / 2 - low / 2 >= kLeast) return {low, high};
  const double room = low == 0 ? 1 : std::max(std::abs(low) / 10, 4 * kLeast);
  return {std::max(low - room, -kMax), std::min(high + room, kMax)};
}

// The least round step by which `intervals` steps from one of its multiples cover the span; the span's own
// share where numbers end.
Span round_span(const Span& span, size_t intervals, double& step) {
  const auto count = static_cast<double>(intervals);
  const double least = span.high / count - span.low / count;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 15.0, 20.0, 25.0, 50.0}) {
    step = power * factor;
    const double low = std::floor(span.low / step) * step;
    const double high = low + step * count;
    if (std::isnormal(step) && std::isfinite(low) && std::isfinite(high) && low < high && high >= span.high)
      return {low, high};
  }
  step = std::min(least, kMax);
  return span;
}

struct Unit {
  double size;
  std::string_view letter;
};

Unit unit_of(double largest) {
  if (largest >= 1e12) return {1e12, "T"};
  if (largest >= 1e9) return {1e9, "G"};
  if (largest >= 1e6) return {1e6, "M"};
  if (largest >= 1e4) return {1e3, "k"};
  return {1, ""};
}

// How many digits behind the point tell steps from each other.
int decimals_of(double step) {
  int decimals = 0;
  for (double scaled = step; decimals < 6 && std::abs(scaled - std::round(scaled)) > 1e-6; scaled *= 10)
    ++decimals;
  return decimals;
}

std::vector<std::string> labels_of(const Span& span, double step, size_t intervals) {
  const double largest = std::max(std::abs(span.low), std::abs(span.high));
  const Unit unit = unit_of(largest);
  const int decimals = decimals_of(step / unit.size);
  const bool plain = largest < 1e15 && step / unit.size >= 1e-6;
  std::vector<std::string> labels;
  for (size_t i = 0; i <= intervals; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(intervals);
    double value = span.low * (1 - share) + span.high * share;
    if (std::abs(value) < step / 1e6) value = 0;
    labels.push_back(plain ? fmt::format("{:.{}f}{}", value / unit.size, decimals, unit.letter)
                           : fmt::format("{:.4g}", value));
  }
  return labels;
}

constexpr int64_t kSecond = 1'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

constexpr std::array kTimeSteps = {
    kSecond,     2 * kSecond,  5 * kSecond,  10 * kSecond, 15 * kSecond, 30 * kSecond, kMinute,   2 * kMinute,
    5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute, kHour,        2 * kHour,    3 * kHour, 6 * kHour,
    12 * kHour,  kDay,         2 * kDay,     7 * kDay,     28 * kDay,    91 * kDay,    364 * kDay};

size_t label_width(int64_t step_ms) {
  return step_ms < kMinute ? 8 : 5;
}

std::string time_label(TimestampMs time_ms, int64_t step_ms) {
  const std::string text = readable_time(time_ms);  // "2024-05-01 12:30:15"
  if (text.size() < 19) return text;
  if (time_ms % kDay == 0) return text.substr(5, 5);
  return text.substr(11, label_width(step_ms));
}

// The least step whose labels have room between them; 0 where none has.
int64_t time_step(int64_t span_ms, size_t columns) {
  constexpr size_t kBlanks = 3;
  for (const int64_t step_ms : kTimeSteps) {
    const double width =
        static_cast<double>(columns) * static_cast<double>(step_ms) / static_cast<double>(span_ms);
    if (width >= static_cast<double>(label_width(step_ms) + kBlanks)) return step_ms;
  }
  return 0;
}

}  // namespace

double ValueAxis::share(double value) const {
  // Halves keep the difference of the largest numbers finite.
  return std::clamp((value / 2 - low / 2) / (high / 2 - low / 2), 0.0, 1.0);
}

ValueAxis value_axis(double low, double high, size_t intervals) {
  double step = 0;
  const Span span = round_span(with_room(low, high), intervals, step);
  return {span.low, span.high, labels_of(span, step, intervals)};
}

std::vector<TimeTick> time_ticks(TimestampMs start_ms, TimestampMs end_ms, size_t columns) {
  std::vector<TimeTick> ticks;
  if (start_ms < 0 || end_ms <= start_ms || columns < 2) return ticks;
  const int64_t step_ms = time_step(end_ms - start_ms, columns);
  if (step_ms == 0) return ticks;
  for (TimestampMs at_ms = (start_ms + step_ms - 1) / step_ms * step_ms; at_ms <= end_ms; at_ms += step_ms) {
    const double share = static_cast<double>(at_ms - start_ms) / static_cast<double>(end_ms - start_ms);
    const auto column = static_cast<size_t>(std::lround(share * static_cast<double>(columns - 1)));
    ticks.push_back({column, time_label(at_ms, step_ms)});
  }
  return ticks;
}

}  // namespace weir::app::cli
