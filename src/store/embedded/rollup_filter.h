#pragma once

#include "model/sample.h"
#include "model/time_range.h"
#include "store/embedded/rollup_read.h"
#include "store/store.h"

namespace weir::store::embedded {

/// Appends the samples of the source in `range`, and stale markers in place of buckets that have none that
/// passes, as their rollup says. What read_rollup asks of a source holds here too. False, with `out`
/// unchanged, where no chunk of samples is spared. Errors: kCorruption names the block.
Result<bool> read_filtered(const RollupSource& source, const ValueFilter& filter, const TimeRange& range,
                           SampleColumns& out);

}  // namespace weir::store::embedded
