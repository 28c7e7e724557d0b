#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::query {

/// The smallest or the largest value of a window whose edges only move forward. Each value comes and goes
/// once, however many windows it lies in: kept are those that a later edge may make the extreme, each better
/// than those behind it (the monotonic wedge; Lemire, "Streaming maximum-minimum filter", 2006). Of equal
/// values the first counts; NaN counts only where there is nothing else.
template <typename Better>
class SlidingExtreme {
 public:
  /// `values` outlives the next reset.
  void reset(std::span<const double> values) {
    values_ = values;
    kept_.clear();
    first_ = end_ = 0;
  }
  /// The extreme of [begin, end), which is not empty. Neither is less than at the call before.
  double of(size_t begin, size_t end) {
    for (; end_ < end; ++end_) add(end_);
    while (first_ < kept_.size() && kept_[first_] < begin) ++first_;
    return first_ < kept_.size() ? values_[kept_[first_]] : values_[end - 1];
  }

 private:
  void add(size_t index) {
    const double value = values_[index];
    if (std::isnan(value)) return;
    while (kept_.size() > first_ && Better()(value, values_[kept_.back()])) kept_.pop_back();
    kept_.push_back(static_cast<uint32_t>(index));
  }

  std::span<const double> values_;
  std::vector<uint32_t> kept_;  // from `first_` on
  size_t first_ = 0;
  size_t end_ = 0;
};

}  // namespace weir::query
