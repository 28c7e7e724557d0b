#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::config {

/// A value of the file and where it stands, from 1.
struct FileEntry {
  std::string key;    ///< "server.listen", however the file nests it.
  std::string value;  ///< The items of a list are joined by commas.
  size_t line = 0;
  size_t column = 0;
};

/// Reads YAML into flat entries, in the order of the file. What a configuration does not need is refused:
/// anchors, aliases, tags, several documents, repeated keys, deep nesting. Never throws. Keys are not looked
/// up here. Errors: kInvalidArgument with `line:column: ` first, kResourceExhausted.
Result<std::vector<FileEntry>> read_yaml(std::string_view text);

}  // namespace weir::config
