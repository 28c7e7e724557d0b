#pragma once

#include <cmath>
#include <span>
#include <vector>

namespace weir::query {

/// Sums of windows over values that are integers, whose sums are exact in any order: the difference of two
/// running totals, however wide the window is.
class SlidingSum {
 public:
  /// False where sums might round: other values, or magnitudes that add up to 2^53 or more.
  bool reset(std::span<const double> values) {
    constexpr double kExactMax = 9'007'199'254'740'992.0;
    totals_.clear();
    totals_.reserve(values.size() + 1);
    totals_.push_back(0);
    double magnitude = 0;
    for (const double value : values) {
      magnitude += std::fabs(value);
      if (!(magnitude < kExactMax) || value != std::trunc(value)) return false;
      totals_.push_back(totals_.back() + value);
    }
    return true;
  }
  /// Of [begin, end).
  double of(size_t begin, size_t end) const { return totals_[end] - totals_[begin]; }

 private:
  std::vector<double> totals_;  // of the values before each place
};

}  // namespace weir::query
