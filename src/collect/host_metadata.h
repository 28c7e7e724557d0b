#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "model/batch.h"
#include "model/metric_metadata.h"

namespace weir::collect {

/// What a metric of the collector is: types as node_exporter has them, units by the metric's name. Pure.
MetricDescription describe_host_metric(std::string_view metric);

/// Calls `tell` once with what each metric of `batch` is, sorted by name. The views live for the call.
void tell_host_metadata(const Batch& batch, const std::function<void(std::span<const MetricMetadata>)>& tell);

}  // namespace weir::collect
