#include "query/buckets.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/duration.h"
#include "query/literals.h"

namespace weir::query {
namespace {

// Relative difference below which two counts differ by rounding only.
constexpr double kCountTolerance = 1e-12;

bool almost_equal(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  constexpr double kLeastNormal = std::numeric_limits<double>::min();
  const double sum = std::fabs(a) + std::fabs(b);
  const double difference = std::fabs(a - b);
  if (a == 0 || b == 0 || sum < kLeastNormal) return difference < kCountTolerance * kLeastNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kCountTolerance;
}

// Adds up buckets of one bound, as aggregating over differing label texts (`le="1"`, `le="1.0"`) leaves them.
std::span<Bucket> coalesce(std::span<Bucket> buckets) {
  size_t last = 0;
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper_bound == buckets[last].upper_bound) {
      buckets[last].count += buckets[i].count;
    } else {
      buckets[++last] = buckets[i];
    }
  }
  return buckets.first(last + 1);
}

// Counts of a scrape under way, or rates of them, may fall from bucket to bucket; a cumulative count cannot.
void make_monotonic(std::span<Bucket> buckets, Falls& falls) {
  double before = buckets[0].count;
  for (Bucket& bucket : buckets.subspan(1)) {
    if (almost_equal(before, bucket.count)) {
      bucket.count = before;
    } else if (bucket.count < before) {
      falls.lowest_bound = std::min(falls.lowest_bound, bucket.upper_bound);
      falls.highest_bound = std::max(falls.highest_bound, bucket.upper_bound);
      falls.greatest = std::max(falls.greatest, before - bucket.count);
      bucket.count = before;
    } else {
      before = bucket.count;
    }
  }
}

// How many observations lie at or below `value`, which is inside the bucket.
double rank_inside(double value, const Bucket& bucket, double lower_bound, double rank) {
  if (lower_bound == -HUGE_VAL) return bucket.count;
  return rank + (bucket.count - rank) * (value - lower_bound) / (bucket.upper_bound - lower_bound);
}

double rank_of(double value, std::span<const Bucket> buckets) {
  const double total = buckets.back().count;
  double lower_bound = buckets[0].upper_bound <= 0 ? -HUGE_VAL : 0.0;
  double rank = 0;
  for (const Bucket& bucket : buckets) {
    if (lower_bound >= value) return std::min(rank, total);
    if (bucket.upper_bound > value) return std::min(rank_inside(value, bucket, lower_bound, rank), total);
    rank = bucket.count;
    lower_bound = bucket.upper_bound;
  }
  return total;
}

}  // namespace

void Mendings::add(const Falls& falls, TimestampMs at_ms) {
  if (!falls.any()) return;
  falls_.lowest_bound = std::min(falls_.lowest_bound, falls.lowest_bound);
  falls_.highest_bound = std::max(falls_.highest_bound, falls.highest_bound);
  falls_.greatest = std::max(falls_.greatest, falls.greatest);
  first_ms_ = any() ? std::min(first_ms_, at_ms) : at_ms;
  last_ms_ = any() ? std::max(last_ms_, at_ms) : at_ms;
  ++count_;
}

std::string Mendings::note() const {
  const auto whole_seconds = [](TimestampMs at_ms) { return format_time(at_ms).substr(0, 19) + 'Z'; };
  return fmt::format(
      "input to histogram_quantile needed to be fixed for monotonicity (see "
      "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), from buckets {} "
      "to {}, with a max diff of {:.2g}, over {} samples from {} to {}",
      format_general(falls_.lowest_bound), format_general(falls_.highest_bound), falls_.greatest, count_,
      whole_seconds(first_ms_), whole_seconds(last_ms_));
}

double bucket_quantile(double q, std::span<Bucket> buckets, Falls& falls) {
  if (std::isnan(q)) return q;
  if (q < 0) return -HUGE_VAL;
  if (q > 1) return HUGE_VAL;
  if (buckets.back().upper_bound != HUGE_VAL) return std::nan("");
  buckets = coalesce(buckets);
  make_monotonic(buckets, falls);
  if (buckets.size() < 2 || buckets.back().count == 0) return std::nan("");
  double rank = q * buckets.back().count;
  const std::span<Bucket> finite = buckets.first(buckets.size() - 1);
  const auto at = static_cast<size_t>(
      std::find_if(finite.begin(), finite.end(), [&](const Bucket& bucket) { return bucket.count >= rank; }) -
      finite.begin());
  if (at == finite.size()) return finite.back().upper_bound;
  if (at == 0 && buckets[0].upper_bound <= 0) return buckets[0].upper_bound;
  double begin = 0;
  double count = buckets[at].count;
  if (at > 0) {
    begin = buckets[at - 1].upper_bound;
    count -= buckets[at - 1].count;
    rank -= buckets[at - 1].count;
  }
  return begin + (buckets[at].upper_bound - begin) * (rank / count);
}

double bucket_fraction(double lower, double upper, std::span<Bucket> buckets) {
  if (buckets.back().upper_bound != HUGE_VAL) return std::nan("");
  buckets = coalesce(buckets);
  const double total = buckets.back().count;
  if (total == 0 || std::isnan(lower) || std::isnan(upper)) return std::nan("");
  if (lower >= upper) return 0;
  return (rank_of(upper, buckets) - rank_of(lower, buckets)) / total;
}

}  // namespace weir::query
