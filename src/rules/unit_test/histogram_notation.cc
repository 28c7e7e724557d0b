#include "rules/unit_test/histogram_notation.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "query/literals.h"

namespace weir::rules::unit_test {
namespace {

// More empty buckets in a row are not written.
constexpr int64_t kGapMax = 1'000;

// Unlike elsewhere, none begins with a point.
Result<double> parse_number(NotationCursor& cursor) {
  if (cursor.peek() == '.') return cursor.unexpected("a digit");
  return cursor.number();
}

Result<double> parse_signed(NotationCursor& cursor) {
  const bool negative = cursor.accept("-");
  ASSIGN_OR_RETURN(const double value, parse_number(cursor));
  return negative ? -value : value;
}

Result<std::vector<double>> parse_list(NotationCursor& cursor) {
  if (!cursor.accept("[")) return cursor.unexpected("\"[\" with numbers");
  std::vector<double> out;
  do {
    if (!out.empty() && cursor.accept("]")) return out;
    ASSIGN_OR_RETURN(const double value, parse_signed(cursor));
    out.push_back(value);
  } while (cursor.accept_space());
  if (!cursor.accept("]")) return cursor.unexpected("a blank or \"]\"");
  return out;
}

Result<CounterResetHint> parse_hint(NotationCursor& cursor) {
  const size_t begin = cursor.position();
  const std::string word = query::lower(cursor.word());
  if (word == "unknown") return CounterResetHint::kUnknown;
  if (word == "reset") return CounterResetHint::kReset;
  if (word == "not_reset") return CounterResetHint::kNoReset;
  if (word == "gauge") return CounterResetHint::kGauge;
  return cursor.error(begin, "counter_reset_hint is unknown, reset, not_reset or gauge");
}

// A histogram whose fields come one by one.
struct Description {
  Histogram histogram;
  int32_t offset = 0;
  int32_t negative_offset = 0;
  std::set<std::string, std::less<>> seen;

  Status field(NotationCursor& cursor);
  Status value(std::string_view name, size_t begin, NotationCursor& cursor);
  Histogram finished();
};

Status Description::field(NotationCursor& cursor) {
  const size_t begin = cursor.position();
  const std::string name = query::lower(cursor.word());
  if (name.empty()) return cursor.unexpected("a field such as buckets:[5 10 7], or \"}}\"");
  if (!cursor.accept(":")) return cursor.unexpected(fmt::format("\":\" behind \"{}\"", name));
  if (!seen.insert(name).second)
    return cursor.error(begin, fmt::format("the field \"{}\" is there twice", name));
  return value(name, begin, cursor);
}

Status Description::value(std::string_view name, size_t begin, NotationCursor& cursor) {
  HistogramLayout& layout = histogram.layout;
  const auto keep = [](auto result, auto& target) -> Status {
    RETURN_IF_ERROR(result);
    target = *std::move(result);
    return {};
  };
  if (name == "schema") return keep(cursor.small_integer(), layout.schema);
  if (name == "offset") return keep(cursor.small_integer(), offset);
  if (name == "n_offset") return keep(cursor.small_integer(), negative_offset);
  if (name == "sum") return keep(parse_signed(cursor), histogram.sum);
  if (name == "count") return keep(parse_signed(cursor), histogram.count);
  if (name == "z_bucket") return keep(parse_signed(cursor), histogram.zero_count);
  if (name == "z_bucket_w") return keep(parse_number(cursor), layout.zero_threshold);
  if (name == "buckets") return keep(parse_list(cursor), histogram.positive_buckets);
  if (name == "n_buckets") return keep(parse_list(cursor), histogram.negative_buckets);
  if (name == "custom_values") return keep(parse_list(cursor), layout.custom_bounds);
  if (name == "counter_reset_hint") return keep(parse_hint(cursor), histogram.reset_hint);
  return cursor.error(begin, fmt::format("a histogram has no field \"{}\"", name));
}

Histogram Description::finished() {
  const auto spans = [](int32_t begin, const std::vector<double>& buckets) {
    const auto length = static_cast<uint32_t>(buckets.size());
    return length == 0 ? std::vector<HistogramSpan>() : std::vector<HistogramSpan>{{begin, length}};
  };
  histogram.layout.positive_spans = spans(offset, histogram.positive_buckets);
  histogram.layout.negative_spans = spans(negative_offset, histogram.negative_buckets);
  return std::move(histogram);
}

// The buckets that are not empty, by index.
std::vector<std::pair<int64_t, double>> filled(const std::vector<HistogramSpan>& spans,
                                               const std::vector<double>& buckets) {
  std::vector<std::pair<int64_t, double>> out;
  int64_t index = 0;
  size_t bucket = 0;
  for (const HistogramSpan& span : spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length && bucket < buckets.size(); ++i, ++index, ++bucket) {
      if (buckets[bucket] != 0) out.emplace_back(index, buckets[bucket]);
    }
  }
  return out;
}

void append_buckets(std::string_view prefix, const std::vector<HistogramSpan>& spans,
                    const std::vector<double>& buckets, std::vector<std::string>& out) {
  const auto all = filled(spans, buckets);
  for (size_t i = 0; i < all.size();) {
    if (all[i].first != 0) out.push_back(fmt::format("{}offset:{}", prefix, all[i].first));
    std::vector<std::string> counts;
    int64_t next = all[i].first;
    for (; i < all.size() && all[i].first - next <= kGapMax; ++i, ++next) {
      counts.resize(counts.size() + static_cast<size_t>(all[i].first - next), "0");
      next = all[i].first;
      counts.push_back(query::format_general(all[i].second));
    }
    out.push_back(fmt::format("{}buckets:[{}]", prefix, fmt::join(counts, " ")));
  }
}

}  // namespace

Result<Histogram> parse_histogram(NotationCursor& cursor) {
  if (!cursor.accept("{{")) return cursor.unexpected("\"{{\"");
  Description description;
  if (cursor.at_space()) {
    cursor.accept_space();
    if (!cursor.accept("}}"))
      return cursor.unexpected("\"}}\", as no blank may stand before the first field");
    return description.finished();
  }
  while (!cursor.accept("}}")) {
    RETURN_IF_ERROR(description.field(cursor));
    const bool goes_on = cursor.accept_space();
    if (cursor.accept("}}")) break;
    if (!goes_on) return cursor.unexpected("a blank or \"}}\"");
  }
  return description.finished();
}

std::string histogram_notation(const Histogram& histogram) {
  std::vector<std::string> out;
  const auto number = [&out](std::string_view name, double value) {
    if (value != 0) out.push_back(fmt::format("{}:{}", name, query::format_general(value)));
  };
  const HistogramLayout& layout = histogram.layout;
  if (layout.schema != 0) out.push_back(fmt::format("schema:{}", layout.schema));
  number("count", histogram.count);
  number("sum", histogram.sum);
  number("z_bucket", histogram.zero_count);
  number("z_bucket_w", layout.zero_threshold);
  if (layout.is_custom()) {
    std::vector<std::string> bounds;
    for (const double bound : layout.custom_bounds) bounds.push_back(query::format_general(bound));
    out.push_back(fmt::format("custom_values:[{}]", fmt::join(bounds, " ")));
  }
  if (histogram.reset_hint == CounterResetHint::kReset) out.emplace_back("counter_reset_hint:reset");
  if (histogram.reset_hint == CounterResetHint::kNoReset) out.emplace_back("counter_reset_hint:not_reset");
  if (histogram.reset_hint == CounterResetHint::kGauge) out.emplace_back("counter_reset_hint:gauge");
  append_buckets("", layout.positive_spans, histogram.positive_buckets, out);
  append_buckets("n_", layout.negative_spans, histogram.negative_buckets, out);
  return fmt::format("{{{{{}}}}}", fmt::join(out, " "));
}

}  // namespace weir::rules::unit_test
