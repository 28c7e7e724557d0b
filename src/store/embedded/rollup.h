#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "store/embedded/block_format.h"

/// Rollups: what is left of a series when of each bucket of time only those samples stay that its extremes,
/// its ends and its falls are made of. They are samples that were sent, with their own times, so whoever
/// takes a minimum, a maximum, a first or last sample, or the increase of a counter over windows that hold
/// whole buckets computes the same from them, bit for bit. docs/decisions/0013-rollups-are-samples.md says
/// why, docs/formats/rollup.md how they lie on disk.
namespace weir::store::embedded {

/// Width of the buckets of a rollup. They are (end - width, end] with ends on multiples of it: as the windows
/// of PromQL are, which therefore hold whole buckets wherever queries step by minutes and hours.
constexpr int64_t bucket_width_ms(ChunkList list) {
  return list == ChunkList::kHourRollup ? kHourMs : kMinuteMs;
}

/// Sums of integers are exact while they stay below 2^53.
inline constexpr double kExactSumMax = 9'007'199'254'740'992.0;

/// Whether a value adds up like an integer. Negative zero does not: a mean of nothing else is negative too.
inline bool is_exact_integer(double value) {
  return value == std::trunc(value) && !(value == 0 && std::signbit(value));
}

/// Samples that stand for those of whole buckets. Stale markers are not among them and do not count.
struct Rollup {
  std::vector<TimestampMs> timestamps_ms;  ///< Strictly ascending.
  std::vector<double> values;
  /// Samples of the bucket that were left out between the one before and this; 0 for a bucket's first.
  std::vector<uint32_t> left_out;
  /// The sum of each bucket's samples. Right only with `sums_exact`.
  std::vector<double> sums;
  /// Each sample that is less than the one before it stayed, and so did the one before it.
  bool falls_kept = true;
  /// All samples are integers, those of one bucket have one sign, and no bucket's sum reaches 2^53: sums of
  /// them are the same in whatever order they are added.
  bool sums_exact = true;

  size_t size() const { return timestamps_ms.size(); }
  void clear() { *this = {}; }
};

}  // namespace weir::store::embedded
