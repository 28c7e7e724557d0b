#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

/// Facts about the machine that only a system call gives.
namespace weir::os {

/// What uname(2) says.
struct UnameInfo {
  std::string system;
  std::string node;  ///< The host's name.
  std::string release;
  std::string version;
  std::string machine;
  std::string domain;
};
UnameInfo uname_info();

/// What statvfs(3) says.
struct FileSystemUsage {
  uint64_t size_bytes = 0;
  uint64_t free_bytes = 0;
  uint64_t available_bytes = 0;  ///< Free for an unprivileged process.
  uint64_t files = 0;
  uint64_t files_free = 0;
};
/// Of the file system that is mounted at, or holds, `path`. Waits for as long as its driver does: a network
/// file system whose server is away can block for ever. kIo with path and errno text.
Result<FileSystemUsage> file_system_usage(const std::string& path);

/// Size of a page of memory.
size_t page_bytes();

}  // namespace weir::os
