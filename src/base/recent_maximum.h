#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/time.h"

namespace weir {

/// The largest of the values of the last while, in constant memory: it is forgotten between `kRemembered` and
/// a fifth more after it was noted. One thread at a time. Times may go back.
class RecentMaximum {
 public:
  static constexpr int64_t kRememberedMs = 300'000;

  void note(int64_t value, TimestampMs now_ms) {
    Slice& slice = slices_[static_cast<size_t>(number_of(now_ms)) % kSlices];
    if (slice.number != number_of(now_ms)) slice = {number_of(now_ms), 0};
    slice.most = std::max(slice.most, value);
  }
  /// 0 where there was none.
  int64_t at(TimestampMs now_ms) const {
    int64_t most = 0;
    for (const Slice& slice : slices_) {
      if (slice.number + static_cast<int64_t>(kSlices) > number_of(now_ms)) most = std::max(most, slice.most);
    }
    return most;
  }

 private:
  // The maxima of slices of time, in a ring; the oldest is overwritten when a new one begins.
  static constexpr size_t kSlices = 6;
  static constexpr int64_t kSliceMs = kRememberedMs / static_cast<int64_t>(kSlices - 1);
  struct Slice {
    int64_t number = 0;
    int64_t most = 0;
  };

  static int64_t number_of(TimestampMs now_ms) { return std::max<TimestampMs>(0, now_ms) / kSliceMs; }

  std::array<Slice, kSlices> slices_{};
};

}  // namespace weir
