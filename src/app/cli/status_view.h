#pragma once

#include <string>
#include <string_view>

#include "app/cli/console.h"
#include "base/result.h"

namespace weir::app::cli {

/// The answer of `GET /api/v2/status` (docs/formats/status.md) as lines for people. What the answer lacks is
/// left out, so that a newer or older server can be asked too. kInvalidArgument when it is no JSON object.
Result<std::string> status_view(std::string_view body, const Terminal& terminal);

}  // namespace weir::app::cli
