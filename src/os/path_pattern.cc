#include "os/path_pattern.h"

#include <algorithm>
#include <string_view>

#include <fnmatch.h>

namespace weir::os {
namespace {

bool has_pattern(std::string_view part) {
  return part.find_first_of("*?[\\") != std::string_view::npos;
}

// What `part` matches in a directory, which is a prefix of paths: "" or one that ends with a slash.
void append_matches(FileSystem& files, const std::string& directory, const std::string& part,
                    std::vector<std::string>& out) {
  if (!has_pattern(part)) {
    out.push_back(directory + part);
    return;
  }
  const bool is_root = directory == "/";
  const auto names = files.list(directory.empty() ? "."
                                : is_root         ? directory
                                                  : directory.substr(0, directory.size() - 1));
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (fnmatch(part.c_str(), name.c_str(), 0) == 0) out.push_back(directory + name);
  }
}

}  // namespace

std::vector<std::string> matching_paths(FileSystem& files, const std::string& pattern) {
  std::vector<std::string> paths{""};
  for (size_t begin = 0; begin <= pattern.size();) {
    const size_t end = std::min(pattern.find('/', begin), pattern.size());
    const std::string part = pattern.substr(begin, end - begin);
    std::vector<std::string> next;
    for (const std::string& path : paths) append_matches(files, path, part, next);
    if (end < pattern.size()) {
      for (std::string& path : next) path += '/';
    }
    paths = std::move(next);
    begin = end + 1;
  }
  std::erase_if(paths, [&](const std::string& path) {
    const auto exists = files.exists(path);
    return path.empty() || !exists.ok() || !*exists;
  });
  return paths;
}

}  // namespace weir::os
