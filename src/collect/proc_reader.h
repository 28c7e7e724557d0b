#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/files.h"

namespace weir::collect {

/// Reads texts of /proc and /sys, whose size is not known before they are read, into one buffer that is used
/// again. Owned by one thread.
class ProcReader {
 public:
  /// Larger texts fail: 4 MiB is ten times the /proc/stat of the largest machines.
  static constexpr size_t kTextBytesMax = 4 << 20;

  explicit ProcReader(os::FileSystem& files) : files_(files) {}

  /// The whole text; lives until the next call. kNotFound, kIo, kResourceExhausted.
  Result<std::string_view> read(const std::string& path);

 private:
  os::FileSystem& files_;
  std::string buffer_ = std::string(16 << 10, '\0');
};

}  // namespace weir::collect
