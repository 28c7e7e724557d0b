#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace weir {

struct Sample {
  TimestampMs timestamp_ms = 0;
  double value = 0;
};

/// The NaN that means "this series has ended here", bit for bit as Prometheus writes it. Stored and returned
/// unchanged.
inline constexpr uint64_t kStaleBits = 0x7ff0000000000002;
inline double stale_marker() {
  return std::bit_cast<double>(kStaleBits);
}
inline bool is_stale(double value) {
  return std::bit_cast<uint64_t>(value) == kStaleBits;
}

/// Samples as columns of equal length, timestamps strictly ascending unless a function says otherwise.
struct SampleColumns {
  std::vector<TimestampMs> timestamps_ms;
  std::vector<double> values;

  size_t size() const { return timestamps_ms.size(); }
  void clear() {
    timestamps_ms.clear();
    values.clear();
  }
  void push_back(TimestampMs timestamp_ms, double value) {
    timestamps_ms.push_back(timestamp_ms);
    values.push_back(value);
  }
};

}  // namespace weir
