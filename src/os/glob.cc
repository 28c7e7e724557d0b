#include "os/glob.h"

#include <fmt/format.h>
#include <glob.h>

namespace weir::os {

Result<std::vector<std::string>> matching_paths(const std::string& pattern) {
  glob_t found{};
  const int outcome = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  std::vector<std::string> paths;
  for (size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  ::globfree(&found);
  if (outcome == 0 || outcome == GLOB_NOMATCH) return paths;
  return io_error(fmt::format("{}: a directory cannot be read", pattern));
}

}  // namespace weir::os
