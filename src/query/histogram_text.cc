#include "query/histogram_text.h"

#include <fmt/format.h>

#include "query/histogram_buckets.h"
#include "query/literals.h"

namespace weir::query {

std::string histogram_text(const Histogram& histogram) {
  std::string out =
      fmt::format("{{count:{}, sum:{}", format_general(histogram.count), format_general(histogram.sum));
  for (const HistogramBucket& bucket : buckets_of(histogram)) {
    if (bucket.count == 0) continue;
    out += fmt::format(", {}{},{}{}:{}", bucket.lower_inclusive ? '[' : '(', format_general(bucket.lower),
                       format_general(bucket.upper), bucket.upper_inclusive ? ']' : ')',
                       format_general(bucket.count));
  }
  return out + '}';
}

}  // namespace weir::query
