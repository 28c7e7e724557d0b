#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"

namespace weir {

struct Histogram;  // model/histogram.h
using HistogramPtr = std::shared_ptr<const Histogram>;

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

/// The NaN that has the sample behind it, of the same series and time, take the place of what is stored
/// there. It is a mark in batches and log records alone: no store keeps it, and without such a sample behind
/// it it says nothing. Any codec that keeps the bits of values carries it.
inline constexpr uint64_t kReplaceBits = 0x7ff0574549520001;
inline double replace_mark() {
  return std::bit_cast<double>(kReplaceBits);
}
inline bool is_replace_mark(double value) {
  return std::bit_cast<uint64_t>(value) == kReplaceBits;
}

/// Samples as columns of equal length, timestamps strictly ascending unless a function says otherwise.
struct SampleColumns {
  std::vector<TimestampMs> timestamps_ms;
  std::vector<double> values;  ///< Of a histogram, its sum: `is_stale` knows a stale one.
  /// Empty when no sample is a histogram, which is nearly always; else as long as the other columns, null
  /// where the sample is a double. Code that appends doubles alone may leave it too short:
  /// `align_histograms` mends that.
  std::vector<HistogramPtr> histograms;

  /// Only in answers to a reduction (store/store.h), and empty when all samples came: how many were left out
  /// between the one before and this. May be left too short likewise: `align_left_out`.
  std::vector<uint32_t> left_out;

  size_t size() const { return timestamps_ms.size(); }
  void clear() {
    timestamps_ms.clear();
    values.clear();
    histograms.clear();
    left_out.clear();
  }
  /// Cuts the columns to their first `size` samples, no more than they have.
  void truncate(size_t size) {
    timestamps_ms.resize(size);
    values.resize(size);
    if (histograms.size() > size) histograms.resize(size);
    if (left_out.size() > size) left_out.resize(size);
  }
  void align_histograms() {
    if (!histograms.empty()) histograms.resize(size());
  }
  void align_left_out() { left_out.resize(size()); }
  /// The sample's histogram, null when it is a double.
  HistogramPtr histogram(size_t i) const { return i < histograms.size() ? histograms[i] : nullptr; }
  void push_back(TimestampMs timestamp_ms, double value) {
    timestamps_ms.push_back(timestamp_ms);
    values.push_back(value);
  }
  void push_back(TimestampMs timestamp_ms, HistogramPtr histogram);
};

}  // namespace weir
