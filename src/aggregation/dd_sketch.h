#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::aggregation {

/// Quantiles of doubles to a relative error: DDSketch (Masson, Rim, Lee, VLDB 2019, algorithms 1 and 2, with
/// the logarithmic mapping). Negative values, zero, and both infinities are kept apart; NaN is left out by
/// the caller. Every quantile is off by at most `relative_error` of a sample at that rank, unless values fall
/// into more buckets than `kBucketsMax`: then the lowest of one sign are collapsed, negative ones first, each
/// into the next higher. (Of values below 2.3e-308 the last place may be off as well.) Order and grouping of
/// additions and merges change nothing, but for that collapse. Holds up to 2^42 samples.
/// Owned by one thread. A value; copies cost its bytes.
class DdSketch {
 public:
  static constexpr size_t kBucketsMax = 4'096;

  /// 0.001 to 0.1; those that are merged have the same.
  explicit DdSketch(double relative_error);

  void add(double value);
  void merge(const DdSketch& other);
  uint64_t count() const { return count_; }
  /// `q` 0 to 1; the sample of rank floor(q * (count - 1)), as Prometheus' quantile without its
  /// interpolation. NaN when empty.
  double quantile(double q) const;
  /// With this object itself: 8 bytes for each bucket, and what the vector keeps spare.
  size_t size_bytes() const;

 private:
  /// Keys ascend with the values: below 0 for negative ones, 0 for zero, and the ends for the infinities.
  struct Bucket {
    int64_t key : 22;
    uint64_t count : 42;
  };
  static_assert(sizeof(Bucket) == 8);

  int32_t key_of(double value) const;
  double value_of(int32_t key) const;
  void collapse();

  double log_gamma_;     // gamma is the upper bound of a bucket by its lower one
  double keys_per_log_;  // 1 / log_gamma_
  uint64_t count_ = 0;
  std::vector<Bucket> buckets_;  // sorted by key, none empty
};

}  // namespace weir::aggregation
