#include "query/histogram_trim.h"

#include <cmath>

#include "query/histogram_math.h"
#include "query/histogram_statistics.h"

namespace weir::query {
namespace {

/// What is left of a bucket.
struct Rest {
  double count = 0;
  double mean = 0;
};

struct Sign {
  bool positive = true;
  bool linear = false;
};

double finite_or_zero(double value) {
  return std::isinf(value) ? 0 : value;
}

// Where observations between two bounds are taken to lie.
double middle(double lower, double upper, Sign sign) {
  if (std::isinf(lower)) {
    if (std::isinf(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (std::isinf(upper)) return lower;
  if (sign.linear) return (lower + upper) / 2;
  const double geometric = std::sqrt(std::fabs(lower * upper));
  return sign.positive ? geometric : -geometric;
}

// A bucket from minus infinity is taken to begin at 0 when it ends above; that is linear, as only custom
// bounds have it.
Rest from_infinity(const HistogramBucket& bucket, double bound, TrimSide kept) {
  if (kept == TrimSide::kBelow) {
    if (bound >= bucket.upper) return {bucket.count, 0};
    if (bound > 0 && bucket.upper > 0 && !std::isinf(bucket.upper))
      return {bucket.count * bound / bucket.upper, bound / 2};
    if (bucket.upper <= 0) return {bucket.count, bound};
    return {0, finite_or_zero(bucket.upper)};
  }
  if (bound <= bucket.lower) return {bucket.count, 0};
  if (bound >= 0 && bucket.upper > bound && !std::isinf(bucket.upper))
    return {bucket.count * (1 - bound / bucket.upper), (bound + bucket.upper) / 2};
  return {0, finite_or_zero(bucket.upper)};
}

Rest to_infinity(const HistogramBucket& bucket, double bound, TrimSide kept) {
  if (kept == TrimSide::kAbove && bound >= bucket.lower) return {bucket.count, bound};
  return {0, finite_or_zero(bucket.lower)};
}

Rest parted(const HistogramBucket& bucket, double bound, TrimSide kept, Sign sign) {
  if (std::isinf(bucket.lower)) return from_infinity(bucket, bound, kept);
  if (std::isinf(bucket.upper)) return to_infinity(bucket, bound, kept);
  const double below = bucket.count * fraction_below(bound, bucket.lower, bucket.upper, sign.linear);
  if (kept == TrimSide::kBelow) return {below, middle(bucket.lower, bound, sign)};
  return {bucket.count - below, middle(bound, bucket.upper, sign)};
}

Rest rest_of(const HistogramBucket& bucket, double bound, TrimSide kept, Sign sign) {
  const bool below = kept == TrimSide::kBelow;
  if (below ? bucket.upper <= bound : bucket.lower >= bound)
    return {bucket.count, middle(bucket.lower, bucket.upper, sign)};
  if (below ? bucket.lower < bound : bucket.upper > bound) return parted(bucket, bound, kept, sign);
  return {};
}

Rest rest_of_zero(double lower, double upper, double count, double bound, TrimSide kept) {
  // The zero bucket may be zero wide, and then it lies on either side of a bound of zero.
  const bool below = kept == TrimSide::kBelow;
  if (bound <= lower) return below ? Rest{} : Rest{count, (lower + upper) / 2};
  if (bound >= upper) return below ? Rest{count, (lower + upper) / 2} : Rest{};
  if (below) return {count * ((bound - lower) / (upper - lower)), (lower + bound) / 2};
  return {count * ((upper - bound) / (upper - lower)), (bound + upper) / 2};
}

/// Trims bucket by bucket, and adds up what is left.
class Trimmer {
 public:
  Trimmer(double bound, TrimSide kept) : bound_(bound), kept_(kept) {}

  // Whether there were observations.
  bool trim(const HistogramLayout& layout, const std::vector<HistogramSpan>& spans,
            std::vector<double>& counts, bool positive) {
    const Sign sign{positive, layout.is_custom()};
    bool any = false;
    size_t at = 0;
    for_each_bucket(spans, counts, [&](int32_t index, double count) {
      double& out = counts[at++];
      if (count == 0) return;
      any = true;
      const double end = bucket_bound(layout, index);
      const double begin = bucket_bound(layout, int64_t{index} - 1);
      const HistogramBucket bucket{positive ? begin : -end, positive ? end : -begin, count};
      take(rest_of(bucket, bound_, kept_, sign), out);
    });
    return any;
  }

  void trim_zero(double lower, double upper, double& count) {
    if (count > 0) take(rest_of_zero(lower, upper, count, bound_, kept_), count);
  }

  bool changed() const { return changed_; }
  double count() const { return count_; }
  double sum() const { return sum_; }

 private:
  void take(const Rest& rest, double& count) {
    changed_ |= count != rest.count;
    count = rest.count;
    count_ += rest.count;
    sum_ += rest.mean * rest.count;
  }

  const double bound_;
  const TrimSide kept_;
  bool changed_ = false;
  double count_ = 0;
  double sum_ = 0;
};

}  // namespace

Histogram trimmed(const Histogram& histogram, double bound, TrimSide kept) {
  Histogram out = histogram;
  Trimmer trimmer(bound, kept);
  const HistogramLayout& layout = out.layout;
  const bool positive = trimmer.trim(layout, layout.positive_spans, out.positive_buckets, true);
  const bool negative = trimmer.trim(layout, layout.negative_spans, out.negative_buckets, false);
  const double threshold = layout.zero_threshold;
  trimmer.trim_zero(positive && !negative ? 0 : -threshold, negative && !positive ? 0 : threshold,
                    out.zero_count);
  if (!trimmer.changed()) return histogram;
  out.count = trimmer.count();
  out.sum = trimmer.sum();
  return compacted(out);
}

}  // namespace weir::query
