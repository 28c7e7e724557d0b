#pragma once

#include <span>

namespace weir::query {

/// A bucket of a classic histogram: how many observations were at most `upper_bound`.
struct Bucket {
  double upper_bound;
  double count;
};

/// The q-quantile of the observations in `buckets`, which it changes: linear inside a bucket, counts made
/// monotonic first. NaN without a bucket for +Inf, with fewer than two buckets or no observation. `buckets`
/// ascend by bound; not empty.
double bucket_quantile(double q, std::span<Bucket> buckets);

/// The share of observations in [lower, upper]. As `bucket_quantile`.
double bucket_fraction(double lower, double upper, std::span<Bucket> buckets);

}  // namespace weir::query
