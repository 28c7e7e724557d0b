#pragma once

#include "model/histogram.h"
#include "query/histogram_cells.h"

/// What PromQL's operators and functions do with native histograms. All histograms are valid.
namespace weir::query {

/// A histogram that others are added to and taken from, the sums rounded as they come.
class PlainHistogramSum {
 public:
  explicit PlainHistogramSum(const Histogram& first) : sum_(first) {}

  HistogramMerge add(const Histogram& other) { return add(other, 1); }
  HistogramMerge subtract(const Histogram& other) { return add(other, -1); }
  /// To a coarser resolution, or the same.
  void reduce(int32_t schema);
  const Histogram& value() const { return sum_; }

 private:
  HistogramMerge add(const Histogram& other, double sign);

  Histogram sum_;
};

/// The sum of histograms with compensated rounding.
class HistogramSum {
 public:
  explicit HistogramSum(const Histogram& first) : cells_(first) {}

  HistogramMerge add(const Histogram& other);
  void multiply(double factor) { cells_.multiply(factor); }
  void divide(double divisor) { cells_.divide(divisor); }
  /// Whether anything in it is infinite.
  bool overflows() const;
  Histogram value() const { return cells_.put_together(); }

 private:
  HistogramCells<KahanCell> cells_;
};

/// The mean of histograms: their sum divided at the end while it stays finite, updated one by one from then
/// on.
class HistogramMean {
 public:
  explicit HistogramMean(const Histogram& first) : total_(first) {}

  HistogramMerge add(const Histogram& other);
  Histogram value() const;

 private:
  HistogramSum total_;  // of the histograms, or their mean once incremental
  double count_ = 1;
  bool incremental_ = false;
};

/// All counts and the sum. A negative factor makes a gauge. Division by zero leaves no bucket.
Histogram multiplied(Histogram histogram, double factor);
Histogram divided(Histogram histogram, double divisor);

/// Without the buckets that have no observations, and with as few spans as can be.
Histogram compacted(const Histogram& histogram);

inline bool is_gauge(const Histogram& histogram) {
  return histogram.reset_hint == CounterResetHint::kGauge;
}
/// Compacted, and a gauge.
Histogram as_gauge(const Histogram& histogram);

/// Whether a counter was reset between `before` and `now`: as its hint says, else whether some bucket or the
/// count is less, or the resolution became finer. Bounds are reconciled first.
bool is_reset(const Histogram& now, const Histogram& before);

/// Whether both hold the same data, bit for bit. Hints, and how buckets are grouped in spans, play no part.
bool same_data(const Histogram& a, const Histogram& b);

}  // namespace weir::query
