#pragma once

#include <vector>

#include "model/time_range.h"
#include "store/embedded/block_format.h"
#include "store/store.h"

namespace weir::store::embedded {

/// A stretch of time, and what may be read of it instead of samples.
struct RollupSegment {
  TimeRange range;
  ChunkList list;  ///< kHourRollup: whole hours. kMinuteRollup: whole minutes. kSamples: nothing else.

  bool operator==(const RollupSegment&) const = default;
};

/// Cuts `range` where windows begin and end, so that every bucket of a segment lies whole inside or whole
/// outside of each window. The segments ascend and cover `range`; those beside each other differ in their
/// list. Whole hours may be read by minutes too. Empty where samples alone are as good.
std::vector<RollupSegment> plan_rollup_reads(const WindowReduction& reduction, const TimeRange& range);

}  // namespace weir::store::embedded
