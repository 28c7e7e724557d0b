#pragma once

#include <bit>
#include <cstdint>

#include "model/histogram.h"
#include "model/sample.h"

namespace weir::store::embedded {

/// A sample on its way into the store. What it points to lives for the call.
struct NewSample {
  TimestampMs timestamp_ms = 0;
  double value = 0;                      ///< Of a histogram, nothing.
  const Histogram* histogram = nullptr;  ///< Null: a double.
  bool replaces = false;                 ///< It takes the place of what is stored at its time.
};

/// What the store holds for a series at one time.
struct StoredSample {
  double value = 0;        ///< Of a histogram, its sum.
  HistogramPtr histogram;  ///< Null: a double.

  /// Bit for bit; a double is no histogram.
  bool same_as(const NewSample& sample) const {
    if (histogram == nullptr && sample.histogram == nullptr)
      return std::bit_cast<uint64_t>(value) == std::bit_cast<uint64_t>(sample.value);
    return histogram != nullptr && sample.histogram != nullptr && *histogram == *sample.histogram;
  }
};

/// Sample `i` of `columns`.
inline StoredSample stored_sample(const SampleColumns& columns, size_t i) {
  return {columns.values[i], columns.histogram(i)};
}

}  // namespace weir::store::embedded
