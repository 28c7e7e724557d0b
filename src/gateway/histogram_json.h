#pragma once

#include "model/histogram.h"
#include "wire/json_writer.h"

namespace weir::gateway {

/// {"count":"3","sum":"4.5","buckets":[[0,"1","2","3"]]} as Prometheus has it: each bucket that has
/// observations, ascending, with its bounds and their number. The first element says which bounds belong to
/// it: 0 the upper, 1 the lower, 2 none, 3 both. Without any bucket there is no list.
void write_histogram(wire::JsonWriter& json, const Histogram& histogram);

}  // namespace weir::gateway
