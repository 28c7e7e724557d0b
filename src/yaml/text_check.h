#pragma once

#include <string_view>

#include "base/result.h"

namespace weir::yaml {

/// Accepts UTF-8 without control characters other than tab and line ends. The YAML library neither checks its
/// input nor goes on after the control characters that it uses as marks of its own. kInvalidArgument with
/// `line:column: ` first.
Status check_text(std::string_view text);

}  // namespace weir::yaml
