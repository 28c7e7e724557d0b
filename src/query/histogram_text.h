#pragma once

#include <string>

#include "model/histogram.h"

namespace weir::query {

/// `{count:3, sum:4.5, (1,2]:3}`: Prometheus' text of a histogram, which `count_values` makes a label of.
/// Only buckets that have observations.
std::string histogram_text(const Histogram& histogram);

}  // namespace weir::query
