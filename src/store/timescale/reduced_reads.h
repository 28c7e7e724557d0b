#pragma once

#include <optional>

#include "store/timescale/aggregate_state.h"
#include "store/timescale/sample_reads.h"
#include "store/timescale/window_plan.h"

/// How a selection with a reduction is read.
namespace weir::store::timescale {

/// What aggregates can give at this transaction's snapshot; none where samples alone are as good.
Result<std::optional<WindowPlan>> plan_reads(const ReadContext& context, const AggregateState& aggregates,
                                             const WindowReduction& reduction, TimeRange range);

/// Adds what has the same extremes as the series' samples. In the transaction of `plan_reads`.
/// - returns how many buckets stand for their samples.
Result<uint64_t> read_reduced(const ReadContext& context, WindowReduction::Kind kind, const WindowPlan& plan,
                              SeriesBatch& batch);

}  // namespace weir::store::timescale
