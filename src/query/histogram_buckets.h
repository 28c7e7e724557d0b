#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/histogram.h"

/// The buckets of native histograms with their bounds.
namespace weir::query {

/// Observations between two bounds.
struct HistogramBucket {
  double lower = 0;
  double upper = 0;
  double count = 0;
  bool lower_inclusive = false;
  bool upper_inclusive = false;
};

/// Where bucket `index` of the positive buckets ends; bucket 0 of exponential ones ends at 1. Custom bounds
/// are followed by +Inf, and -Inf stands before them.
double bucket_bound(const HistogramLayout& layout, int64_t index);

/// The same for the exponential buckets of `schema`.
double exponential_bound(int32_t schema, int64_t index);

/// All buckets of a valid histogram in ascending order, also those without observations; the zero bucket only
/// when it has some. Buckets that reach into the zero bucket end at its threshold.
std::vector<HistogramBucket> buckets_of(const Histogram& histogram);

/// `visit(index, count)` for each bucket of one sign, in the order of the spans.
template <typename Visit>
void for_each_bucket(std::span<const HistogramSpan> spans, std::span<const double> counts, Visit visit) {
  int64_t index = 0;
  size_t next = 0;
  for (const HistogramSpan& span : spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length && next < counts.size(); ++i)
      visit(static_cast<int32_t>(index++), counts[next++]);
  }
}

}  // namespace weir::query
