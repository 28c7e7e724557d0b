#include "query/histogram_buckets.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "query/histogram_bounds_table.h"

namespace weir::query {
namespace {

constexpr int kFinestSchema = 8;
constexpr int64_t kExponentMax = 1024;  // of the bound behind the largest double

// fraction * 2^exponent
double scaled(double fraction, int64_t exponent) {
  constexpr int64_t kBeyond = 5'000;  // infinite, or zero
  return std::ldexp(fraction, static_cast<int>(std::clamp(exponent, -kBeyond, kBeyond)));
}

HistogramBucket positive_bucket(const HistogramLayout& layout, int64_t index, double count) {
  HistogramBucket bucket{bucket_bound(layout, index - 1), bucket_bound(layout, index), count, false, true};
  if (layout.is_custom()) bucket.lower_inclusive = index == 0;
  if (bucket.lower > 0 && bucket.lower < layout.zero_threshold) bucket.lower = layout.zero_threshold;
  return bucket;
}

HistogramBucket negative_bucket(const HistogramLayout& layout, int64_t index, double count) {
  HistogramBucket bucket{-bucket_bound(layout, index), -bucket_bound(layout, index - 1), count, true, false};
  if (bucket.upper < 0 && bucket.upper > -layout.zero_threshold) bucket.upper = -layout.zero_threshold;
  return bucket;
}

}  // namespace

double exponential_bound(int32_t schema, int64_t index) {
  if (schema < 0) {
    const int64_t exponent = index * (int64_t{1} << -schema);
    return exponent == kExponentMax ? std::numeric_limits<double>::max() : scaled(1, exponent);
  }
  const int64_t per_doubling = int64_t{1} << schema;
  const int64_t inside = index & (per_doubling - 1);
  const int64_t exponent = (index >> schema) + 1;
  // The bound of the last bucket of numbers would be infinite, and infinity has a bucket of its own.
  if (inside == 0 && exponent == kExponentMax + 1) return std::numeric_limits<double>::max();
  return scaled(kFinestBounds[static_cast<size_t>(inside << (kFinestSchema - schema))], exponent);
}

double bucket_bound(const HistogramLayout& layout, int64_t index) {
  if (!layout.is_custom()) return exponential_bound(layout.schema, index);
  if (index < 0) return -HUGE_VAL;
  const auto at = static_cast<size_t>(index);
  return at < layout.custom_bounds.size() ? layout.custom_bounds[at] : HUGE_VAL;
}

std::vector<HistogramBucket> buckets_of(const Histogram& histogram) {
  const HistogramLayout& layout = histogram.layout;
  std::vector<HistogramBucket> out;
  out.reserve(histogram.negative_buckets.size() + 1 + histogram.positive_buckets.size());
  for_each_bucket(layout.negative_spans, histogram.negative_buckets,
                  [&](int32_t index, double count) { out.push_back(negative_bucket(layout, index, count)); });
  std::reverse(out.begin(), out.end());
  if (histogram.zero_count > 0)
    out.push_back({-layout.zero_threshold, layout.zero_threshold, histogram.zero_count, true, true});
  for_each_bucket(layout.positive_spans, histogram.positive_buckets,
                  [&](int32_t index, double count) { out.push_back(positive_bucket(layout, index, count)); });
  return out;
}

}  // namespace weir::query
