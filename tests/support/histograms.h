#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/histogram.h"
#include "os/random.h"

/// Histograms for tests and measurements.
namespace weir::tests {

/// A counter of latencies such as a client library keeps: `buckets` buckets in two spans, counts that only
/// grow, most where the bulk of the observations is.
class GrowingHistogram {
 public:
  explicit GrowingHistogram(uint32_t buckets, uint64_t seed = 1) : random_(seed) {
    histogram_.layout.schema = 3;
    histogram_.layout.zero_threshold = 1e-128;
    const uint32_t first = buckets * 3 / 5;
    histogram_.layout.positive_spans = {{-20, first}, {3, buckets - first}};
    histogram_.positive_buckets.resize(buckets);
  }

  /// After another `observations`.
  const Histogram& next(uint64_t observations = 50) {
    const size_t buckets = histogram_.positive_buckets.size();
    for (; observations > 0; --observations) {
      const size_t bucket = (random_.below(buckets) + random_.below(buckets) + random_.below(buckets)) / 3;
      ++histogram_.positive_buckets[bucket];
      ++histogram_.count;
      histogram_.sum += std::exp2(static_cast<double>(bucket) / 8) * 0.0131;
    }
    return histogram_;
  }

 private:
  os::Random random_;
  Histogram histogram_;
};

inline double random_count(os::Random& random, bool integers) {
  if (integers) return static_cast<double>(random.below(random.below(8) == 0 ? uint64_t{1} << 53 : 100));
  switch (random.below(6)) {
    case 0:
      return std::numeric_limits<double>::quiet_NaN();
    case 1:
      return std::numeric_limits<double>::infinity();
    case 2:
      return -0.0;
    default:
      return static_cast<double>(random.below(1'000)) / 8;
  }
}

/// Any valid histogram: of either kind, without buckets, with strange counts, stale.
inline Histogram random_histogram(os::Random& random) {
  Histogram histogram;
  HistogramLayout& layout = histogram.layout;
  const bool custom = random.below(4) == 0;
  const bool integers = random.below(2) == 0;
  layout.schema = custom ? kHistogramSchemaCustom : static_cast<int32_t>(random.below(13)) - 4;
  if (!custom) layout.zero_threshold = static_cast<double>(random.below(3)) / 1024;
  if (random.below(8) != 0) layout.positive_spans = {{0, 2}, {static_cast<int32_t>(random.below(3)), 1}};
  if (!custom && random.below(2) == 0) layout.negative_spans = {{-7, 0}, {1, 3}};
  if (custom) layout.custom_bounds = {-1.5, 0, 0.25, 7, 8};
  for (size_t i = layout.positive_count(); i > 0; --i)
    histogram.positive_buckets.push_back(random_count(random, integers));
  for (size_t i = layout.negative_count(); i > 0; --i)
    histogram.negative_buckets.push_back(random_count(random, integers));
  histogram.reset_hint = static_cast<CounterResetHint>(random.below(kCounterResetHintCount));
  histogram.count = random_count(random, integers);
  if (!custom) histogram.zero_count = random_count(random, integers);
  histogram.sum = random.below(6) == 0 ? stale_marker() : random_count(random, false);
  return histogram;
}

/// The one before with some counts moved, as often as not.
inline Histogram next_histogram(const Histogram& before, os::Random& random) {
  if (random.below(3) == 0) return random_histogram(random);
  Histogram histogram = before;
  for (double& bucket : histogram.positive_buckets) {
    if (random.below(2) == 0 && bucket < 1'000) bucket += static_cast<double>(random.below(5));
  }
  if (random.below(2) == 0 && histogram.count < 1'000) ++histogram.count;
  if (random.below(2) == 0) histogram.sum = 0.125 * static_cast<double>(random.below(1'000));
  return histogram;
}

}  // namespace weir::tests
