#pragma once

#include <optional>
#include <string_view>

#include "model/metric_metadata.h"

/// The message `prometheus.MetricMetadata` of remote write 1.0 (prometheus/prompb/types.proto).
namespace weir::wire {

/// The type of that number, the same in both versions of remote write; kUnknown for one that is not known.
MetricType metric_type_of(int32_t number);

/// Fills in what the message has; views into it, the help cut to kHelpBytesMax. Returns what is wrong, if
/// anything is. Throws protozero::exception when the bytes are no message, so the body around them is
/// damaged.
std::optional<MetadataFault> read_metadata_message(std::string_view message, MetricMetadata& metadata);

}  // namespace weir::wire
