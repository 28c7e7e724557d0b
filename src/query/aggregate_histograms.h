#pragma once

#include <span>

#include "query/aggregate.h"

namespace weir::query {

/// Adds the histograms of one group to what `sum` and `avg` make of its doubles. `out` has the result of the
/// doubles; at steps at which a member has a histogram, it gets that of the histograms, or none where they do
/// not go together.
Status aggregate_histograms(Evaluation& evaluation, const Aggregate& aggregate, const Vector& input,
                            std::span<const size_t> members, Series& out);

}  // namespace weir::query
