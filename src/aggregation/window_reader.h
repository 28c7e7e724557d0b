#pragma once

#include <optional>

#include "aggregation/bounded_reader.h"
#include "aggregation/definition.h"

namespace weir::aggregation {

/// The value of `window`: a duration, or a map with `type`. Nothing when it has a problem.
std::optional<Window> read_window(const yaml::Node& node, BoundedReader& reader);

}  // namespace weir::aggregation
