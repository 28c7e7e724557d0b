#pragma once

#include <string>
#include <string_view>

#include <absl/container/flat_hash_set.h>

#include "base/result.h"
#include "os/files.h"

namespace weir::app::cli {

/// Which blocks an import has finished, kept in a file of lines, so that one that was broken off goes on
/// where it was. Owned by one thread.
class ImportState {
 public:
  /// `path` empty: remembers nothing. `purpose` tells one import from another: blocks that were finished for
  /// a different one count as not finished. Errors: kIo.
  static Result<ImportState> open(os::FileSystem& files, std::string path, std::string_view purpose);

  bool is_finished(const std::string& block) const { return finished_.contains(line_of(block)); }
  /// Durable on return. Errors: kIo.
  Status finish(const std::string& block);

 private:
  ImportState(os::FileSystem& files, std::string path, std::string_view purpose);
  std::string line_of(const std::string& block) const { return block + " " + purpose_; }

  os::FileSystem& files_;
  std::string path_;
  std::string purpose_;                        // short, and without spaces
  std::string text_;                           // of the file
  absl::flat_hash_set<std::string> finished_;  // its lines
};

}  // namespace weir::app::cli
