#pragma once

#include <string>

#include "notify/object_reader.h"
#include "notify/time_interval.h"

namespace weir::notify {

/// Reads one item of the list `time_intervals` that a name has. What is wrong with it is a problem of
/// `reader`; a `location` other than UTC is.
TimeInterval read_time_interval(ObjectReader& reader, const yaml::Node& node, const std::string& path);

}  // namespace weir::notify
