#pragma once

#include <string>
#include <vector>

#include "os/files.h"

namespace weir::os {

/// The paths that a shell's pattern with `*`, `?` and `[...]` matches, sorted; of a path without these, the
/// path if it is there. A `*` matches names that begin with a dot too, as promtool's does, and none crosses a
/// slash. What cannot be looked into matches nothing.
std::vector<std::string> matching_paths(FileSystem& files, const std::string& pattern);

}  // namespace weir::os
