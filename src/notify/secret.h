#pragma once

#include <string>

#include "base/result.h"
#include "os/files.h"

namespace weir::notify {

/// Something that a configuration says outright, or that is in a file, which is read each time it is needed,
/// so that it can be changed without a restart. Never logged, never in an error.
struct Secret {
  std::string text;
  std::string file;  ///< Path; used when not empty.

  bool empty() const { return text.empty() && file.empty(); }
  bool operator==(const Secret&) const = default;
};

/// The secret, without white space around it where it is from a file. Errors: kIo or kNotFound of the file,
/// kResourceExhausted for one of more than 64 KiB, kInvalidArgument for an empty one.
Result<std::string> read_secret(const Secret& secret, os::FileSystem& files);

}  // namespace weir::notify
