#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

/// The parts of a setting that holds several values, without white space around them; empty ones are left
/// out.
std::vector<std::string> split_at_commas(std::string_view text);

}  // namespace weir::app
