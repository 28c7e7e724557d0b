#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "yaml/document.h"
#include "yaml/problem.h"

namespace weir::yaml {

/// Parses the text of a file. Nothing, and one problem that says why, for a text of more than `bytes_max`
/// bytes and for what `parse` refuses.
std::optional<Document> parse_file(std::string_view text, size_t bytes_max, const Limits& limits,
                                   std::vector<Problem>& problems);

}  // namespace weir::yaml
