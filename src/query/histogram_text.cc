#include "query/histogram_text.h"

#include <utility>

#include <fmt/format.h>

#include "query/histogram_buckets.h"
#include "query/literals.h"

namespace weir::query {

namespace {

std::string bucket_text(const HistogramBucket& bucket) {
  return fmt::format(", {}{},{}{}:{}", bucket.lower_inclusive ? '[' : '(', format_general(bucket.lower),
                     format_general(bucket.upper), bucket.upper_inclusive ? ']' : ')',
                     format_general(bucket.count));
}

}  // namespace

std::string histogram_text(const Histogram& histogram) {
  std::string out =
      fmt::format("{{count:{}, sum:{}", format_general(histogram.count), format_general(histogram.sum));
  // A zero bucket with less than nothing, which is not among the buckets.
  const double threshold = histogram.layout.zero_threshold;
  std::string zero;
  if (histogram.zero_count < 0) zero = bucket_text({-threshold, threshold, histogram.zero_count, true, true});
  for (const HistogramBucket& bucket : buckets_of(histogram)) {
    if (bucket.count == 0) continue;
    if (bucket.lower >= 0) out += std::exchange(zero, {});
    out += bucket_text(bucket);
  }
  return out + zero + '}';
}

}  // namespace weir::query
