#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/loader.h"

namespace weir::config {

/// Replaces `${NAME}` by the environment's variable, `${NAME:-text}` by `text` where it is not set or empty,
/// and `$$` by a dollar sign; a dollar sign before anything else stays. What was put in is not expanded
/// again. kInvalidArgument: unset variable without a text, bad name, no closing brace, more than 64 KiB.
Result<std::string> expand(std::string_view text, const Environment& environment);

/// Text that `expand` turns back into `text`.
std::string escape(std::string_view text);

}  // namespace weir::config
