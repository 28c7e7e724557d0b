#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/time_range.h"
#include "store/store.h"

/// Which times of a reduction hourly aggregates can answer. Pure arithmetic: what the aggregates are worth at
/// the moment is said by the caller.
namespace weir::store::timescale {

inline constexpr int64_t kBucketMs = 3'600'000;

/// A bucket is [begin, begin + kBucketMs), a window (end - range, end]; so where queries step by hours, every
/// edge of a window lies on the first millisecond of a bucket and parts that one from the rest. Such a bucket
/// is whole all the same: its first sample is read apart, and the aggregate stands for the rest where it can.
struct WindowPlan {
  TimeRange range;                  ///< All of it.
  std::vector<TimeRange> whole;     ///< Runs of whole buckets, ascending.
  std::vector<TimestampMs> parted;  ///< Begins of those that an edge parts, ascending.
  std::vector<TimeRange> raw;       ///< What of `range` is in no run, ascending.

  /// Whether the bucket that begins here is in a run.
  bool is_whole(TimestampMs begin_ms) const;
  bool is_parted(TimestampMs begin_ms) const;
};

/// The plan for samples in `range`; none where samples alone are as good, or where it would have too many
/// parts. No run holds any of the times `stale`, which may overlap and are in no order.
std::optional<WindowPlan> plan_windows(const WindowReduction& reduction, TimeRange range,
                                       std::span<const TimeRange> stale);

}  // namespace weir::store::timescale
