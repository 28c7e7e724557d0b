#pragma once

#include <cmath>
#include <span>
#include <string>

#include "base/time.h"

namespace weir::query {

/// A bucket of a classic histogram: how many observations were at most `upper_bound`.
struct Bucket {
  double upper_bound;
  double count;
};

/// Where counts fell from one bucket to the next.
struct Falls {
  double lowest_bound = HUGE_VAL;  ///< Of the buckets that had less than one below them.
  double highest_bound = -HUGE_VAL;
  double greatest = 0;  ///< By how much at most.
  bool any() const { return greatest > 0; }
};

/// The q-quantile of the observations in `buckets`, which it changes: linear inside a bucket, counts made
/// monotonic first. NaN without a bucket for +Inf, with fewer than two buckets or no observation. `buckets`
/// ascend by bound; not empty. Adds to `falls` what had to be mended.
double bucket_quantile(double q, std::span<Bucket> buckets, Falls& falls);

/// The share of observations in [lower, upper]. As `bucket_quantile`.
double bucket_fraction(double lower, double upper, std::span<Bucket> buckets);

/// How often buckets had to be mended in one call, and what there is to say of it.
class Mendings {
 public:
  void add(const Falls& falls, TimestampMs at_ms);
  bool any() const { return count_ > 0; }
  /// As Prometheus has it (util/annotations), which counts some more than once.
  std::string note() const;

 private:
  Falls falls_;
  size_t count_ = 0;
  TimestampMs first_ms_ = 0;
  TimestampMs last_ms_ = 0;
};

}  // namespace weir::query
