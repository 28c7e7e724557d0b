#include "query/histogram_statistics.h"

#include <algorithm>
#include <cmath>

#include "query/kahan.h"

namespace weir::query {
namespace {

bool reaches_zero(const HistogramBucket& bucket) {
  return bucket.lower <= 0 && bucket.upper >= 0;
}

// Cuts the zero bucket at 0 where there are buckets on one side of it alone.
void cut_at_zero(HistogramBucket& bucket, const Histogram& histogram) {
  const bool has_negative = !histogram.negative_buckets.empty();
  const bool has_positive = !histogram.positive_buckets.empty();
  if (has_positive && !has_negative) bucket.lower = 0;
  if (has_negative && !has_positive) bucket.upper = 0;
}

struct Rank {
  HistogramBucket bucket;  // the one that the rank lies in, or the last
  double count = 0;        // of the buckets up to it, itself included
  double all = 0;          // of all buckets
};

template <typename Iterator>
Rank find_rank(Iterator begin, Iterator end, double rank) {
  Rank found;
  bool reached = false;
  for (; begin != end; ++begin) {
    found.all += begin->count;
    if (reached) continue;
    found.bucket = *begin;
    if (begin->count == 0) continue;
    found.count += begin->count;
    reached = found.count >= rank;
  }
  return found;
}

double inside(const HistogramBucket& bucket, double fraction, bool linear) {
  if (linear || reaches_zero(bucket)) return bucket.lower + (bucket.upper - bucket.lower) * fraction;
  const double lower = std::log2(std::fabs(bucket.lower));
  const double upper = std::log2(std::fabs(bucket.upper));
  if (bucket.lower > 0) return std::exp2(lower + (upper - lower) * fraction);
  return -std::exp2(upper + (lower - upper) * (1 - fraction));
}

// Observations at or below `value` inside a bucket whose lower bound has `rank` of them below it.
double rank_inside(const HistogramBucket& bucket, double value, double rank, bool linear) {
  if (linear && bucket.lower == -HUGE_VAL) return bucket.count;
  return rank + bucket.count * fraction_below(value, bucket.lower, bucket.upper, linear);
}

// Observations at or below `value`.
double rank_of(double value, const Histogram& histogram, const std::vector<HistogramBucket>& buckets) {
  double rank = 0;
  const bool custom = histogram.layout.is_custom();
  for (HistogramBucket bucket : buckets) {
    const bool zero = !custom && reaches_zero(bucket);
    if (zero) cut_at_zero(bucket, histogram);
    if (custom && bucket.lower == -HUGE_VAL && bucket.upper > 0) bucket.lower = 0;
    if (bucket.lower >= value) return rank;
    if (bucket.upper > value) return rank_inside(bucket, value, rank, zero || custom);
    rank += bucket.count;
  }
  return HUGE_VAL;
}

double middle(const HistogramBucket& bucket, bool custom) {
  if (custom) return (bucket.upper + bucket.lower) / 2;
  if (reaches_zero(bucket)) return 0;
  const double geometric = std::sqrt(bucket.upper * bucket.lower);
  return bucket.upper < 0 ? -geometric : geometric;
}

}  // namespace

double fraction_below(double value, double lower, double upper, bool linear) {
  if (linear) return (value - lower) / (upper - lower);
  const double log_lower = std::log2(std::fabs(lower));
  const double log_upper = std::log2(std::fabs(upper));
  const double log_value = std::log2(std::fabs(value));
  if (value > 0) return (log_value - log_lower) / (log_upper - log_lower);
  return 1 - (log_value - log_upper) / (log_lower - log_upper);
}

Estimate histogram_quantile(double q, const Histogram& histogram) {
  if (q < 0) return {-HUGE_VAL};
  if (q > 1) return {HUGE_VAL};
  if (histogram.count == 0 || std::isnan(q)) return {std::nan("")};
  const bool has_nan = std::isnan(histogram.sum);
  const bool ascending = has_nan || q < 0.5;
  double rank = (ascending ? q : 1 - q) * histogram.count;
  const std::vector<HistogramBucket> buckets = buckets_of(histogram);
  const Rank found = ascending ? find_rank(buckets.begin(), buckets.end(), rank)
                               : find_rank(buckets.rbegin(), buckets.rend(), rank);
  HistogramBucket bucket = found.bucket;
  if (histogram.layout.is_custom()) {
    if (bucket.lower == -HUGE_VAL && bucket.upper <= 0) return {bucket.upper};
    if (bucket.lower == -HUGE_VAL) {
      bucket.lower = 0;
    } else if (bucket.upper == HUGE_VAL) {
      return {bucket.lower};
    }
  } else if (bucket.lower < 0 && bucket.upper > 0) {
    cut_at_zero(bucket, histogram);
  }
  // Rounding may have added up to more than all.
  const double count = std::min(found.count, histogram.count);
  if (count < rank) {
    if (has_nan) return {std::nan(""), NanEffect::kDecides};
    return {bucket.upper};
  }
  rank = ascending ? rank - (count - bucket.count) : count - rank;
  // Else the sum is NaN for infinities of both signs.
  const bool skews = has_nan && found.all < histogram.count;
  return {inside(bucket, rank / bucket.count, histogram.layout.is_custom()),
          skews ? NanEffect::kSkews : NanEffect::kNone};
}

Estimate histogram_fraction(double lower, double upper, const Histogram& histogram) {
  if (histogram.count == 0 || std::isnan(lower) || std::isnan(upper)) return {std::nan("")};
  if (lower >= upper) return {0};
  const std::vector<HistogramBucket> buckets = buckets_of(histogram);
  double count = histogram.count;
  if (std::isnan(histogram.sum)) {
    count = 0;
    for (const HistogramBucket& bucket : buckets) count += bucket.count;
  }
  const double lower_rank = std::min(rank_of(lower, histogram, buckets), count);
  const double upper_rank = std::min(rank_of(upper, histogram, buckets), count);
  return {(upper_rank - lower_rank) / histogram.count,
          count < histogram.count ? NanEffect::kSkews : NanEffect::kNone};
}

double histogram_variance(const Histogram& histogram) {
  const double mean = histogram.sum / histogram.count;
  KahanSum squares;
  for (const HistogramBucket& bucket : buckets_of(histogram)) {
    if (bucket.count == 0) continue;
    const double distance = middle(bucket, histogram.layout.is_custom()) - mean;
    squares.add(bucket.count * distance * distance);
  }
  return squares.value() / histogram.count;
}

}  // namespace weir::query
