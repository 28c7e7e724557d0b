#pragma once

#include <optional>

#include "query/histogram_math.h"

namespace weir::query {

/// Adds up histograms one after the other into a `Total`, HistogramSum or HistogramMean, and keeps what came
/// to light on the way.
template <typename Total>
class HistogramTotal {
 public:
  /// False when the histogram does not go together with those before; nothing more can be added then.
  bool add(const Histogram& histogram) {
    resets_ |= histogram.reset_hint == CounterResetHint::kReset;
    continues_ |= histogram.reset_hint == CounterResetHint::kNoReset;
    if (!total_) {
      total_.emplace(histogram);
      return true;
    }
    const HistogramMerge merge = total_->add(histogram);
    bounds_reconciled_ |= merge.bounds_reconciled;
    return merge.compatible;
  }

  bool empty() const { return !total_; }
  /// Custom bounds differed.
  bool bounds_reconciled() const { return bounds_reconciled_; }
  /// One counter was reset, another one not.
  bool hints_conflict() const { return resets_ && continues_; }
  /// Of one histogram at least.
  Histogram value() const { return total_->value(); }

 private:
  std::optional<Total> total_;
  bool bounds_reconciled_ = false;
  bool resets_ = false;
  bool continues_ = false;
};

}  // namespace weir::query
