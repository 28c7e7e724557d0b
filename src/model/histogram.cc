#include "model/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/same_bits.h"

namespace weir {
namespace {

// Indexes are counted in 64 bits, which the bounded number of spans cannot overflow.
Status validate_spans(std::string_view sign, std::span<const HistogramSpan> spans) {
  int64_t index = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0) {
      return invalid_argument(
          fmt::format("histogram: {} span {} begins {} buckets before the end of the last", sign, i,
                      -int64_t{spans[i].offset}));
    }
    index += int64_t{spans[i].offset} + int64_t{spans[i].length};
    if (index > std::numeric_limits<int32_t>::max()) {
      return invalid_argument(fmt::format("histogram: {} span {} ends at bucket {}, limit {}", sign, i, index,
                                          std::numeric_limits<int32_t>::max()));
    }
  }
  return {};
}

Status validate_custom(const HistogramLayout& layout) {
  if (!layout.negative_spans.empty() || layout.zero_threshold != 0) {
    return invalid_argument("histogram: custom bounds go with neither negative buckets nor a zero bucket");
  }
  const std::vector<double>& bounds = layout.custom_bounds;
  for (size_t i = 0; i < bounds.size(); ++i) {
    if (!std::isfinite(bounds[i])) {
      return invalid_argument(fmt::format("histogram: custom bound {} is {}", i, bounds[i]));
    }
    if (i > 0 && bounds[i] <= bounds[i - 1]) {
      return invalid_argument(
          fmt::format("histogram: custom bound {} is {}, the one before {}", i, bounds[i], bounds[i - 1]));
    }
  }
  int64_t end = 0;
  for (const HistogramSpan& span : layout.positive_spans) end += int64_t{span.offset} + int64_t{span.length};
  // The last bucket, which ends at infinity, has no bound of its own.
  if (!layout.positive_spans.empty() && layout.positive_spans.front().offset < 0) {
    return invalid_argument(fmt::format("histogram: bucket {} before the first custom bound",
                                        layout.positive_spans.front().offset));
  }
  if (end > static_cast<int64_t>(bounds.size()) + 1) {
    return invalid_argument(
        fmt::format("histogram: spans reach bucket {} with {} custom bounds", end, bounds.size()));
  }
  return {};
}

Status validate_counts(std::string_view sign, const std::vector<double>& buckets, size_t named) {
  if (buckets.size() != named) {
    return invalid_argument(
        fmt::format("histogram: {} {} buckets, spans name {}", buckets.size(), sign, named));
  }
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] < 0) {
      return invalid_argument(fmt::format("histogram: {} bucket {} has the count {}", sign, i, buckets[i]));
    }
  }
  return {};
}

}  // namespace

size_t HistogramLayout::buckets_of(const std::vector<HistogramSpan>& spans) {
  size_t count = 0;
  for (const HistogramSpan& span : spans) count += span.length;
  return count;
}

bool operator==(const HistogramLayout& a, const HistogramLayout& b) {
  return a.schema == b.schema && same_bits(a.zero_threshold, b.zero_threshold) &&
         a.positive_spans == b.positive_spans && a.negative_spans == b.negative_spans &&
         same_bits(a.custom_bounds, b.custom_bounds);
}

bool operator==(const Histogram& a, const Histogram& b) {
  return a.reset_hint == b.reset_hint && same_bits(a.count, b.count) && same_bits(a.sum, b.sum) &&
         same_bits(a.zero_count, b.zero_count) && a.layout == b.layout &&
         same_bits(a.positive_buckets, b.positive_buckets) &&
         same_bits(a.negative_buckets, b.negative_buckets);
}

size_t Histogram::size_bytes() const {
  const size_t spans = layout.positive_spans.size() + layout.negative_spans.size();
  const size_t numbers = layout.custom_bounds.size() + positive_buckets.size() + negative_buckets.size();
  return sizeof(*this) + spans * sizeof(HistogramSpan) + numbers * sizeof(double);
}

void SampleColumns::push_back(TimestampMs timestamp_ms, HistogramPtr histogram) {
  push_back(timestamp_ms, histogram->sum);
  histograms.resize(size());
  histograms.back() = std::move(histogram);
}

Status validate(const HistogramLayout& layout) {
  const bool custom = layout.is_custom();
  if (!custom && (layout.schema < kHistogramSchemaMin || layout.schema > kHistogramSchemaMax)) {
    return invalid_argument(fmt::format("histogram: schema {}, known are {} to {} and {}", layout.schema,
                                        kHistogramSchemaMin, kHistogramSchemaMax, kHistogramSchemaCustom));
  }
  if (!(layout.zero_threshold >= 0)) {
    return invalid_argument(fmt::format("histogram: zero threshold {}", layout.zero_threshold));
  }
  const size_t spans = layout.positive_spans.size() + layout.negative_spans.size();
  if (spans > kHistogramSpansMax)
    return invalid_argument(fmt::format("histogram: {} spans, limit {}", spans, kHistogramSpansMax));
  if (layout.custom_bounds.size() > kHistogramBoundsMax) {
    return invalid_argument(fmt::format("histogram: {} custom bounds, limit {}", layout.custom_bounds.size(),
                                        kHistogramBoundsMax));
  }
  RETURN_IF_ERROR(validate_spans("positive", layout.positive_spans));
  RETURN_IF_ERROR(validate_spans("negative", layout.negative_spans));
  const size_t buckets = layout.positive_count() + layout.negative_count();
  if (buckets > kHistogramBucketsMax)
    return invalid_argument(fmt::format("histogram: {} buckets, limit {}", buckets, kHistogramBucketsMax));
  if (custom) return validate_custom(layout);
  if (!layout.custom_bounds.empty()) {
    return invalid_argument(fmt::format("histogram: custom bounds with schema {}", layout.schema));
  }
  return {};
}

Status validate(const Histogram& histogram) {
  RETURN_IF_ERROR(validate(histogram.layout));
  RETURN_IF_ERROR(validate_counts("positive", histogram.positive_buckets, histogram.layout.positive_count()));
  RETURN_IF_ERROR(validate_counts("negative", histogram.negative_buckets, histogram.layout.negative_count()));
  if (histogram.count < 0)
    return invalid_argument(fmt::format("histogram: the count is {}", histogram.count));
  if (histogram.zero_count < 0)
    return invalid_argument(fmt::format("histogram: the zero bucket has the count {}", histogram.zero_count));
  if (histogram.layout.is_custom() && histogram.zero_count != 0)
    return invalid_argument("histogram: custom bounds go with no zero bucket");
  return {};
}

}  // namespace weir
