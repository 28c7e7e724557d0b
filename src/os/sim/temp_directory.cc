#include "os/sim/temp_directory.h"

#include <filesystem>

#include <fmt/format.h>

#include "os/files.h"
#include "os/random.h"

namespace weir::os::sim {

TempDirectory::TempDirectory()
    : path_((std::filesystem::temp_directory_path() / fmt::format("weir-{:016x}", random_seed())).string()) {
  posix_files().create_directories(path_).value();
}

TempDirectory::~TempDirectory() {
  (void)posix_files().remove_all(path_).ok();
}

}  // namespace weir::os::sim
