#pragma once

#include <span>
#include <vector>

#include "model/sample.h"
#include "store/timescale/window_plan.h"

namespace weir::store::timescale {

/// What the aggregate knows of one series in one bucket.
struct Bucket {
  TimestampMs begin_ms = 0;
  double extreme = 0;     ///< The one that is asked for, of the samples that are not NaN; NaN when all are.
  bool constant = false;  ///< It has several samples that are not NaN, and all are equal.
};

struct ReducedSeries {
  uint64_t bucket_count = 0;      ///< That stand for their samples.
  std::vector<TimeRange> wanted;  ///< Times, ascending and apart, of which the samples have to be read too.
};

/// Appends to `out`, in no order, what has the extremes of one series in the plan's runs, but for the times
/// that are still `wanted`: a sample for each bucket that stands for its own, one millisecond after the
/// bucket's begin, and of the `firsts` those in range.
/// - `buckets`: in any order; those outside of the plan are passed over.
/// - `firsts`: the series' samples at the plan's `parted` times, ascending.
ReducedSeries reduce_series(WindowReduction::Kind kind, const WindowPlan& plan,
                            std::span<const Bucket> buckets, const SampleColumns& firsts, SampleColumns& out);

}  // namespace weir::store::timescale
