#pragma once

#include <string_view>

#include "model/metric_metadata.h"

namespace weir::gateway {

/// The description of a metric by the name that its series have, as Prometheus' search finds it: that of the
/// family of this name, else of the family that the name without its last suffix belongs to, where the
/// family's type has series with that suffix ("_bucket" of a histogram). Null when there is none.
const MetricDescription* find_description(const MetricDescriptions& metrics, std::string_view series_name);

}  // namespace weir::gateway
