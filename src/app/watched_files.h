#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "app/comma_list.h"
#include "base/result.h"
#include "os/files.h"
#include "os/path_pattern.h"

namespace weir::app {

/// Reads the files that a setting names: patterns separated by commas. `File` has a member `text`. A file
/// whose text is that of `known` is taken from there; of others `parse(path, text)` makes one. Errors: its
/// own, those of reading, and kNotFound where a pattern without wildcards names none.
template <typename File, typename Parse>
Result<std::map<std::string, File>> read_watched_files(std::string_view setting, const std::string& patterns,
                                                       size_t bytes_max,
                                                       const std::map<std::string, File>& known,
                                                       Parse parse) {
  std::map<std::string, File> files;
  for (const std::string& pattern : split_at_commas(patterns)) {
    const std::vector<std::string> paths = os::matching_paths(os::posix_files(), pattern);
    if (paths.empty() && pattern.find_first_of("*?[") == std::string::npos)
      return not_found(fmt::format("{}: {}: no such file", setting, pattern));
    for (const std::string& path : paths) {
      ASSIGN_OR_RETURN(std::string text, os::read_file(os::posix_files(), path, bytes_max));
      if (const auto at = known.find(path); at != known.end() && at->second.text == text) {
        files.insert(*at);
        continue;
      }
      ASSIGN_OR_RETURN(File file, parse(path, std::move(text)));
      files.insert_or_assign(path, std::move(file));
    }
  }
  return files;
}

/// Whether both are the same files with the same texts.
template <typename File>
bool same_texts(const std::map<std::string, File>& a, const std::map<std::string, File>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.text == y.second.text;
  });
}

}  // namespace weir::app
