#pragma once

#include "model/sample.h"
#include "model/time_range.h"

namespace weir::store::embedded {

// All of these take histograms with the rest of a sample, and leave `histograms` as long as the other columns
// or, where none of `columns` is one, perhaps empty.

/// Brings the samples of `columns` from index `begin` on into strictly ascending time order. Of samples with
/// the same time the one that stands last stays, so sources are appended in the order of their age. Cheap
/// when they are in order already.
void make_ascending(SampleColumns& columns, size_t begin);

/// Appends those samples of `from`, which ascends, that lie in `range`.
void append_in_range(const SampleColumns& from, const TimeRange& range, SampleColumns& out);

/// Removes those samples of `columns` from index `begin` on, which ascend, that do not lie in `range`.
void keep_in_range(SampleColumns& columns, size_t begin, const TimeRange& range);

/// Removes those that do.
void remove_in_range(SampleColumns& columns, size_t begin, const TimeRange& range);

}  // namespace weir::store::embedded
