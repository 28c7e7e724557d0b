#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/duration.h"
#include "rules/template/format_writer.h"
#include "rules/template/functions.h"
#include "rules/template/go_format.h"
#include "rules/template/go_time.h"

// Numbers, times and durations for people; after Prometheus' template/template.go and
// common/helpers/templates.
namespace weir::rules::templates {
namespace {

constexpr std::string_view kSmall[] = {"m", "u", "n", "p", "f", "a", "z", "y"};
constexpr std::string_view kLarge[] = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::string_view kBinary[] = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};

// `%.4g`
std::string four_digits(double value) {
  std::string out;
  FormatWriter writer(out);
  writer.flags().has_precision = true;
  writer.flags().precision = 4;
  writer.real(value, 'g');
  return out;
}

// Divides by `factor` while the value is not below it.
std::string scaled_down(double value, double factor, std::span<const std::string_view> prefixes) {
  std::string_view prefix;
  for (const std::string_view next : prefixes) {
    if (std::fabs(value) < factor) break;
    prefix = next;
    value /= factor;
  }
  return four_digits(value) + std::string(prefix);
}

// Multiplies by 1000 while the value is below 1.
std::string scaled_up(double value) {
  std::string_view prefix;
  for (const std::string_view next : kSmall) {
    if (std::fabs(value) >= 1) break;
    prefix = next;
    value *= 1'000;
  }
  return four_digits(value) + std::string(prefix);
}

Result<Value> humanize(const Call& call) {
  ASSIGN_OR_RETURN(const double value, to_float(call.arguments[0]));
  if (value == 0 || !std::isfinite(value)) return text_value(four_digits(value));
  return text_value(std::fabs(value) >= 1 ? scaled_down(value, 1'000, kLarge) : scaled_up(value));
}

Result<Value> humanize_1024(const Call& call) {
  ASSIGN_OR_RETURN(const double value, to_float(call.arguments[0]));
  if (std::fabs(value) <= 1 || !std::isfinite(value)) return text_value(four_digits(value));
  return text_value(scaled_down(value, 1'024, kBinary));
}

Result<Value> humanize_percentage(const Call& call) {
  ASSIGN_OR_RETURN(const double value, to_float(call.arguments[0]));
  return text_value(four_digits(value * 100) + "%");
}

// What Go's conversion makes of a double that does not fit: the smallest integer.
int64_t go_integer(double value) {
  constexpr double kTwo63 = 9'223'372'036'854'775'808.0;
  return value >= -kTwo63 && value < kTwo63 ? static_cast<int64_t>(value)
                                            : std::numeric_limits<int64_t>::min();
}

// "1d 2h 3m 4s", "3m 4s", "4.5s"
std::string long_duration(double value) {
  const std::string sign = value < 0 ? "-" : "";
  value = std::fabs(value);
  const int64_t whole = go_integer(value);
  const int64_t seconds = whole % 60;
  const int64_t minutes = whole / 60 % 60;
  const int64_t hours = whole / 3'600 % 24;
  const int64_t days = whole / 86'400;
  if (days != 0) return fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, seconds);
  if (hours != 0) return fmt::format("{}{}h {}m {}s", sign, hours, minutes, seconds);
  if (minutes != 0) return fmt::format("{}{}m {}s", sign, minutes, seconds);
  return sign + four_digits(value) + "s";
}

Result<Value> humanize_duration(const Call& call) {
  ASSIGN_OR_RETURN(const double value, to_float(call.arguments[0]));
  if (!std::isfinite(value)) return text_value(four_digits(value));
  if (value == 0) return text_value(four_digits(value) + "s");
  return text_value(std::fabs(value) >= 1 ? long_duration(value) : scaled_up(value) + "s");
}

// Whole milliseconds, as Prometheus keeps times.
Result<Time> to_instant(double seconds) {
  const double ns = seconds * 1e9;
  if (!std::isfinite(seconds)) return invalid_argument("value is NaN or Inf");
  if (std::fabs(ns) > 9'223'372'036'854'775'807.0) {
    const Value shown{seconds};
    return invalid_argument(fmt::format(
        "{} cannot be represented as a nanoseconds timestamp since it overflows int64", sprint({&shown, 1})));
  }
  return Time{go_integer(ns) / 1'000'000 * 1'000'000};
}

Result<Value> humanize_timestamp(const Call& call) {
  ASSIGN_OR_RETURN(const double value, to_float(call.arguments[0]));
  if (!std::isfinite(value)) return text_value(four_digits(value));
  ASSIGN_OR_RETURN(const Time time, to_instant(value));
  return text_value(time_text(time));
}

Result<Value> to_time(const Call& call) {
  ASSIGN_OR_RETURN(const double value, to_float(call.arguments[0]));
  ASSIGN_OR_RETURN(const Time time, to_instant(value));
  return Value{time};
}

Result<Value> to_duration(const Call& call) {
  ASSIGN_OR_RETURN(const double value, to_float(call.arguments[0]));
  return Value{Duration{go_integer(value * 1e9)}};
}

Result<Value> now(const Call& call) {
  return Value{static_cast<double>(call.surroundings.now_ms) / 1'000.0};
}

Result<Value> duration_seconds(const Call& call) {
  const std::string& text = call.text(0);
  const bool negative = text.starts_with('-');
  ASSIGN_OR_RETURN(const int64_t ms, parse_duration(std::string_view(text).substr(negative ? 1 : 0)));
  return Value{static_cast<double>(negative ? -ms : ms) / 1'000.0};
}

}  // namespace

std::vector<Function> number_functions() {
  using enum Parameter;
  return {
      {"humanize", {kAny}, {}, humanize},
      {"humanize1024", {kAny}, {}, humanize_1024},
      {"humanizeDuration", {kAny}, {}, humanize_duration},
      {"humanizePercentage", {kAny}, {}, humanize_percentage},
      {"humanizeTimestamp", {kAny}, {}, humanize_timestamp},
      {"toTime", {kAny}, {}, to_time},
      {"toDuration", {kAny}, {}, to_duration},
      {"now", {}, {}, now},
      {"parseDuration", {kString}, {}, duration_seconds},
  };
}

}  // namespace weir::rules::templates
