#pragma once

#include <memory>
#include <string>

#include "os/files.h"

/// The data directory of a stopped server, for commands that look at its files without starting it.
namespace weir::app::offline {

/// Where the parts lie; fixed by `engine_options.h` for the server too.
struct DataPaths {
  std::string store;
  std::string journal;
  std::string dead_letters;
  std::string catalogue;
};
DataPaths data_paths(const std::string& directory);

/// Takes the directory as a server does, so that neither meets the other; held while the result lives.
/// Errors: kNotFound (no such directory, or nothing of Weir's in it; nothing is created), kUnavailable (a
/// server is running there; the message names its process), kIo.
Result<std::unique_ptr<os::DirectoryLock>> lock_data(os::FileSystem& files, const std::string& directory);

/// Bytes of all files that a check reads, for telling how far it is.
uint64_t data_bytes(os::FileSystem& files, const std::string& directory);

}  // namespace weir::app::offline
