#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/matcher.h"

namespace weir::query {

/// The matchers of every selector of an expression, in the order of its text: `a / b[5m]` has two. Ranges,
/// offsets and `@` play no part. Each has a matcher that excludes the empty string. Errors: those of `parse`.
Result<std::vector<std::vector<Matcher>>> parse_selectors(std::string_view text);

}  // namespace weir::query
