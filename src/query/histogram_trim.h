#pragma once

#include "model/histogram.h"

namespace weir::query {

/// Which observations remain.
enum class TrimSide { kBelow, kAbove };

/// Without the observations on the other side of `bound`: the operators `</` and `>/`. A bucket that the
/// bound parts keeps a share as quantiles would estimate it, and one that reaches to infinity is kept or goes
/// as a whole. When anything went, count and sum are estimated anew from the buckets.
Histogram trimmed(const Histogram& histogram, double bound, TrimSide kept);

}  // namespace weir::query
