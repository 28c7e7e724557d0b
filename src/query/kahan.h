#pragma once

#include <cmath>

namespace weir::query {

/// A running sum that carries what rounding loses. Neumaier's variant of Kahan summation, with the
/// compensation cleared once the sum is infinite, so that infinities stay infinities: step by step what
/// Prometheus does, for equal results.
class KahanSum {
 public:
  KahanSum() = default;
  explicit KahanSum(double sum, double compensation = 0) : sum_(sum), compensation_(compensation) {}

  void add(double value) {
    const double total = sum_ + value;
    if (std::isinf(total)) {
      compensation_ = 0;
    } else if (std::fabs(sum_) >= std::fabs(value)) {
      compensation_ += (sum_ - total) + value;
    } else {
      compensation_ += (value - total) + sum_;
    }
    sum_ = total;
  }

  double sum() const { return sum_; }
  double compensation() const { return compensation_; }
  double value() const { return sum_ + compensation_; }

 private:
  double sum_ = 0;
  double compensation_ = 0;
};

/// The mean of values: their sum divided at the end while the sum stays finite, updated value by value from
/// then on.
class KahanMean {
 public:
  void add(double value) {
    ++count_;
    if (count_ == 1) {
      sum_ = KahanSum(value);
      return;
    }
    if (!incremental_) {
      KahanSum next = sum_;
      next.add(value);
      if (!std::isinf(next.sum())) {
        sum_ = next;
        return;
      }
      incremental_ = true;
      sum_ = KahanSum(sum_.sum() / (count_ - 1), sum_.compensation() / (count_ - 1));
    }
    const double share = (count_ - 1) / count_;
    sum_ = KahanSum(share * sum_.sum(), share * sum_.compensation());
    sum_.add(value / count_);
  }

  double value() const {
    return incremental_ ? sum_.value() : sum_.sum() / count_ + sum_.compensation() / count_;
  }
  double count() const { return count_; }

 private:
  KahanSum sum_;  // of the values, or their mean once incremental
  double count_ = 0;
  bool incremental_ = false;
};

}  // namespace weir::query
