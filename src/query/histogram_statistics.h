#pragma once

#include "query/histogram_buckets.h"

/// What a native histogram says of the observations in it. Inside a bucket they are taken to lie evenly: on a
/// logarithmic scale for exponential buckets, on a linear one for custom ones and for the zero bucket, which
/// ends at 0 where all other buckets are on one side of it. After Prometheus' promql/quantile.go.
namespace weir::query {

/// What observations of NaN, which are in no bucket, do to an answer.
enum class NanEffect { kNone, kSkews, kDecides };

struct Estimate {
  double value = 0;
  NanEffect nan = NanEffect::kNone;
};

/// The q-quantile. NaN without observations or for q NaN; -Inf and +Inf for q below 0 and above 1.
Estimate histogram_quantile(double q, const Histogram& histogram);

/// The share of observations between two values. NaN without observations, or where a value is NaN. With
/// observations of NaN, which count in the whole, kSkews.
Estimate histogram_fraction(double lower, double upper, const Histogram& histogram);

/// The variance around the mean, with all observations of a bucket at its middle.
double histogram_variance(const Histogram& histogram);

/// How much of a bucket's width lies below `value`, which is inside; both bounds are finite.
double fraction_below(double value, double lower, double upper, bool linear);

}  // namespace weir::query
