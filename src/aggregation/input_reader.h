#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aggregation/bounded_reader.h"
#include "base/result.h"
#include "model/matcher.h"

namespace weir::aggregation {

/// A selector of the series that an aggregation takes.
struct Input {
  std::vector<Matcher> matchers;  ///< In the order of `text`.
  std::string text;               ///< PromQL in canonical spelling: equal selectors have equal texts.
};

/// Reads exactly one selector without range, `offset` and `@`. kInvalidArgument with `line:column: ` first.
Result<Input> parse_input(std::string_view text);

/// The value of `match`: a selector, or a list of such. Those without a problem, each once.
std::vector<Input> read_inputs(const yaml::Node& node, BoundedReader& reader);

}  // namespace weir::aggregation
