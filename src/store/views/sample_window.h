#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/time_range.h"

namespace weir::store {

/// The newest samples of one series that are doubles: ascending, unique times. A value; owned by one thread.
class SampleWindow {
 public:
  /// What is there of a time stays, unless `replaces`. Whether it changed anything. Costs little for a sample
  /// that is newer than all.
  bool add(TimestampMs timestamp_ms, double value, bool replaces);
  /// Forgets samples before that time, which never moves back.
  void forget_before(TimestampMs timestamp_ms);

  struct Samples {
    std::span<const TimestampMs> timestamps_ms;
    std::span<const double> values;
  };
  /// Valid until the next change.
  Samples in_range(const TimeRange& range) const;

  bool empty() const { return begin_ == timestamps_ms_.size(); }
  /// Not of an empty one.
  TimestampMs newest_ms() const { return timestamps_ms_.back(); }
  size_t size_bytes() const {
    return timestamps_ms_.capacity() * sizeof(TimestampMs) + values_.capacity() * sizeof(double);
  }

 private:
  std::vector<TimestampMs> timestamps_ms_;
  std::vector<double> values_;
  size_t begin_ = 0;  // what lies before it is forgotten, and goes when it is half of all
};

}  // namespace weir::store
