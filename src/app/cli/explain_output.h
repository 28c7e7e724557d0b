#pragma once

#include <string>
#include <string_view>

#include "app/cli/console.h"
#include "base/result.h"

namespace weir::app::cli {

/// The answer of `GET /api/v2/explain` (docs/formats/explain.md) for people: the totals, and the expression
/// as a tree with what each node took, or of a plan how many series match. Shares are of the time that a node
/// took by itself, so they add up. kInvalidArgument when it is no such answer. Pure.
Result<std::string> to_explanation(std::string_view body, const Terminal& terminal);

}  // namespace weir::app::cli
