#include "wire/influx_value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

namespace weir::wire {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void skip_digits(std::string_view& text) {
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
}

bool skip_any(std::string_view& text, std::string_view of) {
  const bool found = !text.empty() && of.find(text.front()) != std::string_view::npos;
  if (found) text.remove_prefix(1);
  return found;
}

template <typename Integer>
std::optional<Integer> whole(std::string_view text) {
  Integer number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

/// Digits with at most one point among them and perhaps an exponent behind.
bool is_float(std::string_view text) {
  skip_any(text, "-");
  const size_t mantissa = text.size();
  skip_digits(text);
  const bool point = skip_any(text, ".");
  skip_digits(text);
  if (mantissa - text.size() == static_cast<size_t>(point)) return false;
  if (skip_any(text, "eE")) {
    skip_any(text, "+-");
    const size_t exponent = text.size();
    skip_digits(text);
    if (text.size() == exponent) return false;
  }
  return text.empty();
}

std::optional<double> floating(std::string_view text) {
  if (!is_float(text)) return std::nullopt;
  double number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Both what is too large and what is too small is out of range; only strtod says which.
  if (error == std::errc::result_out_of_range) number = std::strtod(std::string(text).c_str(), nullptr);
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

template <typename Integer>
std::optional<double> rounded(std::optional<Integer> number) {
  if (!number) return std::nullopt;
  return static_cast<double>(*number);
}

TimestampMs divide_down(int64_t number, int64_t by) {
  return number / by - (number % by < 0 ? 1 : 0);
}

std::optional<TimestampMs> multiply(int64_t number, int64_t by) {
  TimestampMs product = 0;
  if (__builtin_mul_overflow(number, by, &product)) return std::nullopt;
  return product;
}

}  // namespace

std::optional<InfluxPrecision> influx_precision(std::string_view text) {
  struct Name {
    std::string_view text;
    InfluxPrecision precision;
  };
  constexpr std::array<Name, 10> kNames = {{
      {"", InfluxPrecision::kNanoseconds},
      {"n", InfluxPrecision::kNanoseconds},
      {"ns", InfluxPrecision::kNanoseconds},
      {"u", InfluxPrecision::kMicroseconds},
      {"us", InfluxPrecision::kMicroseconds},
      {"µ", InfluxPrecision::kMicroseconds},
      {"ms", InfluxPrecision::kMilliseconds},
      {"s", InfluxPrecision::kSeconds},
      {"m", InfluxPrecision::kMinutes},
      {"h", InfluxPrecision::kHours},
  }};
  for (const Name& name : kNames) {
    if (name.text == text) return name.precision;
  }
  return std::nullopt;
}

InfluxKind influx_kind(char first) {
  if (is_digit(first) || first == '-' || first == '.') return InfluxKind::kNumber;
  if (first == '"') return InfluxKind::kString;
  constexpr std::string_view kBooleans = "tTfF";
  return kBooleans.find(first) == std::string_view::npos ? InfluxKind::kNone : InfluxKind::kBoolean;
}

std::optional<double> influx_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - 1);
  if (text.back() == 'i') return rounded(whole<int64_t>(digits));
  if (text.back() == 'u') return rounded(whole<uint64_t>(digits));
  return floating(text);
}

std::optional<double> influx_boolean(std::string_view text) {
  for (const std::string_view yes : {"t", "T", "true", "True", "TRUE"}) {
    if (text == yes) return 1;
  }
  for (const std::string_view no : {"f", "F", "false", "False", "FALSE"}) {
    if (text == no) return 0;
  }
  return std::nullopt;
}

std::optional<TimestampMs> influx_timestamp(std::string_view text, InfluxPrecision precision) {
  const std::optional<int64_t> number = whole<int64_t>(text);
  if (!number) return std::nullopt;
  switch (precision) {
    case InfluxPrecision::kNanoseconds:
      return divide_down(*number, 1'000'000);
    case InfluxPrecision::kMicroseconds:
      return divide_down(*number, 1'000);
    case InfluxPrecision::kMilliseconds:
      return *number;
    case InfluxPrecision::kSeconds:
      return multiply(*number, 1'000);
    case InfluxPrecision::kMinutes:
      return multiply(*number, 60'000);
    case InfluxPrecision::kHours:
      return multiply(*number, 3'600'000);
  }
  return std::nullopt;
}

}  // namespace weir::wire
