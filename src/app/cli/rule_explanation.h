#pragma once

#include <string>
#include <string_view>

#include "app/cli/console.h"
#include "base/result.h"

namespace weir::app::cli {

/// The answer of `GET /api/v2/rules/explain` for people: each rule with its alerts and the samples behind
/// them, or what keeps it from firing; and the changes. kInvalidArgument when it is no such answer. Pure.
Result<std::string> to_rule_explanation(std::string_view body, const Terminal& terminal);

}  // namespace weir::app::cli
