#pragma once

#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "base/time.h"
#include "query/histogram_math.h"
#include "query/histogram_text.h"
#include "query/literals.h"

/// The values in scripts of PromQL: doubles and native histograms. tests/promql/README.md has the notation.
namespace weir::query::test {

inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// The items of a line: blanks part them, but inside `{{...}}`.
inline std::vector<std::string_view> items_of(std::string_view text) {
  std::vector<std::string_view> items;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '{') ++depth;
    if (i < text.size() && text[i] == '}') --depth;
    if (i < text.size() && (text[i] != ' ' || depth > 0)) continue;
    if (i > begin) items.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  return items;
}

inline double number(std::string_view text) {
  if (text == "stale") return stale_marker();
  return std::strtod(std::string(text).c_str(), nullptr);
}

inline CounterResetHint hint_of(std::string_view text) {
  if (text == "reset") return CounterResetHint::kReset;
  if (text == "not_reset") return CounterResetHint::kNoReset;
  if (text == "gauge") return CounterResetHint::kGauge;
  EXPECT_EQ(text, "unknown");
  return CounterResetHint::kUnknown;
}

inline std::vector<double> numbers(std::string_view list) {
  std::vector<double> out;
  for (const std::string_view item : split(list, ' ')) out.push_back(number(item));
  return out;
}

inline void set_field(Histogram& histogram, std::string_view name, std::string_view value) {
  if (name == "schema") {
    histogram.layout.schema = static_cast<int32_t>(number(value));
  } else if (name == "sum") {
    histogram.sum = number(value);
  } else if (name == "count") {
    histogram.count = number(value);
  } else if (name == "z_bucket") {
    histogram.zero_count = number(value);
  } else if (name == "z_bucket_w") {
    histogram.layout.zero_threshold = number(value);
  } else if (name == "buckets") {
    histogram.positive_buckets = numbers(value);
  } else if (name == "n_buckets") {
    histogram.negative_buckets = numbers(value);
  } else if (name == "custom_values") {
    histogram.layout.custom_bounds = numbers(value);
  } else if (name == "counter_reset_hint") {
    histogram.reset_hint = hint_of(value);
  } else {
    ADD_FAILURE() << "no field of a histogram: " << name;
  }
}

/// What is between `{{` and `}}`: `schema:1 sum:5 buckets:[1 2]`.
inline Histogram histogram_of(std::string_view text) {
  Histogram histogram;
  int32_t offset = 0;
  int32_t negative_offset = 0;
  while (!text.empty()) {
    if (text[0] == ' ') {
      text.remove_prefix(1);
      continue;
    }
    const size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    text.remove_prefix(std::min(colon, text.size() - 1) + 1);
    const bool is_list = text.substr(0, 1) == "[";
    const size_t end = std::min(text.find(is_list ? ']' : ' '), text.size());
    const std::string_view value = text.substr(is_list ? 1 : 0, end - (is_list ? 1 : 0));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (name == "offset") {
      offset = static_cast<int32_t>(number(value));
    } else if (name == "n_offset") {
      negative_offset = static_cast<int32_t>(number(value));
    } else {
      set_field(histogram, name, value);
    }
  }
  const auto spans = [](int32_t begin, const std::vector<double>& buckets) {
    const auto length = static_cast<uint32_t>(buckets.size());
    return length == 0 ? std::vector<HistogramSpan>() : std::vector<HistogramSpan>{{begin, length}};
  };
  histogram.layout.positive_spans = spans(offset, histogram.positive_buckets);
  histogram.layout.negative_spans = spans(negative_offset, histogram.negative_buckets);
  return histogram;
}

inline bool is_histogram(std::string_view item) {
  return item.substr(0, 2) == "{{";
}

/// A value, as loaded, expected or answered.
struct Value {
  double number = 0;
  std::optional<Histogram> histogram = std::nullopt;
  bool has_hint = true;  ///< Of an expected one: whether the hint was written, so that it is looked at.
};

/// `5`, `stale`, `{{...}}`.
inline Value value_of(std::string_view item) {
  if (!is_histogram(item)) return {number(item)};
  const std::string_view inside = item.substr(2, item.find("}}") - 2);
  return {0, histogram_of(inside), inside.find("counter_reset_hint") != std::string_view::npos};
}

/// What an item stands for: `5`, `_`, `_x3`, `1+2x3`, `1x3`, `stale`, `{{...}}`, `{{...}}x3`,
/// `{{...}}+{{...}}x3`. Nothing where a step has no sample.
inline std::vector<std::optional<Value>> expand(std::string_view item) {
  const size_t operands_end = is_histogram(item) ? item.rfind("}}") + 2 : 0;
  const size_t times_at = item.find('x', operands_end);
  const std::string_view base = item.substr(0, times_at);
  const auto repeats =
      times_at == std::string_view::npos ? size_t{0} : static_cast<size_t>(number(item.substr(times_at + 1)));
  if (base == "_") return std::vector<std::optional<Value>>(std::max<size_t>(repeats, 1));
  std::vector<std::optional<Value>> out{value_of(base)};
  const size_t first_end = is_histogram(base) ? base.find("}}") + 2 : 1;
  const size_t sign_at =
      times_at == std::string_view::npos ? std::string_view::npos : base.find_first_of("+-", first_end);
  for (size_t i = 0; i < repeats; ++i) {
    Value next = *out.back();
    if (sign_at != std::string_view::npos && next.histogram) {
      PlainHistogramSum sum(*next.histogram);
      const Histogram change = *value_of(base.substr(sign_at + 1)).histogram;
      EXPECT_TRUE((base[sign_at] == '+' ? sum.add(change) : sum.subtract(change)).compatible) << item;
      next.histogram = sum.value();
    } else if (sign_at != std::string_view::npos) {
      next.number += number(base.substr(sign_at));
    }
    out.push_back(std::move(next));
  }
  return out;
}

inline bool equal(double expected, double actual) {
  if (std::isnan(expected) || std::isnan(actual)) return std::isnan(expected) && std::isnan(actual);
  if (expected == actual) return true;
  const double difference = std::fabs(expected - actual);
  return difference <= 1e-9 * std::max(std::fabs(expected), std::fabs(actual)) || difference < 1e-15;
}

/// Empty buckets, and how buckets are grouped in spans, play no part.
inline bool equal(const Histogram& expected, const Histogram& actual) {
  const Histogram a = compacted(expected);
  const Histogram b = compacted(actual);
  const auto equal_buckets = [](const std::vector<double>& x, const std::vector<double>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](double left, double right) { return equal(left, right); });
  };
  return a.layout == b.layout && equal(a.count, b.count) && equal(a.sum, b.sum) &&
         equal(a.zero_count, b.zero_count) && equal_buckets(a.positive_buckets, b.positive_buckets) &&
         equal_buckets(a.negative_buckets, b.negative_buckets);
}

inline bool equal(const Value& expected, const Value& actual) {
  if (expected.histogram.has_value() != actual.histogram.has_value()) return false;
  if (!expected.histogram) return equal(expected.number, actual.number);
  if (expected.has_hint && expected.histogram->reset_hint != actual.histogram->reset_hint) return false;
  return equal(*expected.histogram, *actual.histogram);
}

inline std::string describe(const Value& value) {
  if (!value.histogram) return format_number(value.number);
  return fmt::format("schema {} bounds [{}] zero width {} hint {} {}", value.histogram->layout.schema,
                     fmt::join(value.histogram->layout.custom_bounds, " "),
                     value.histogram->layout.zero_threshold, static_cast<int>(value.histogram->reset_hint),
                     histogram_text(*value.histogram));
}

/// Points by time, as expected or as answered.
using Points = std::map<TimestampMs, Value>;

inline std::string describe(const Points& points) {
  std::vector<std::string> parts;
  for (const auto& [time, value] : points) parts.push_back(fmt::format("{}@{}", describe(value), time));
  return fmt::format("{}", fmt::join(parts, " "));
}

inline bool equal(const Points& expected, const Points& actual) {
  return std::equal(
      expected.begin(), expected.end(), actual.begin(), actual.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && equal(a.second, b.second); });
}

}  // namespace weir::query::test
