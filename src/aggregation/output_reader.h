#pragma once

#include <string_view>
#include <vector>

#include "aggregation/bounded_reader.h"
#include "aggregation/definition.h"
#include "base/result.h"

namespace weir::aggregation {

/// The outputs of one text: "sum", "distinct(user)", "quantile(0.5, 0.99)". At least one. kInvalidArgument
/// says what is wrong, without a place.
Result<std::vector<Output>> parse_outputs(std::string_view text);

/// The value of `outputs`: a list of such texts. Those without a problem, each once.
std::vector<Output> read_outputs(const yaml::Node& node, BoundedReader& reader);

}  // namespace weir::aggregation
