#pragma once

#include <vector>

#include "model/time_range.h"
#include "store/store.h"

namespace weir::store {

/// The times after which a window of the reduction begins or ends, inside `range`; with them the last time
/// before `range` and its own last. Ascending, each once.
std::vector<TimestampMs> window_edges(const WindowReduction& reduction, const TimeRange& range);

}  // namespace weir::store
