#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace weir::os {

/// The paths that a pattern of a shell matches (`*`, `?`, `[a-z]`; a `*` does not match a leading dot or a
/// slash), sorted; none where nothing does. kIo where a directory cannot be read.
Result<std::vector<std::string>> matching_paths(const std::string& pattern);

}  // namespace weir::os
