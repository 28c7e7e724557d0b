#include "app/offline/data_directory.h"

#include <fmt/format.h>

#include "app/engine_options.h"

namespace weir::app::offline {
namespace {

uint64_t file_bytes(os::FileSystem& files, const std::string& path) {
  const auto file = files.open(path, os::OpenMode::kRead);
  if (!file.ok()) return 0;
  const auto size = (*file)->size();
  return size.ok() ? *size : 0;
}

}  // namespace

DataPaths data_paths(const std::string& directory) {
  config::Config config;
  config.storage.path = directory;
  DataPaths paths;
  paths.store = embedded_store_options(config, 1).directory;
  paths.journal = journal_options(config).directory;
  paths.dead_letters = dead_letter_journal_options(config).directory;
  paths.catalogue = os::join_path(directory, "meta.db");
  return paths;
}

Result<std::unique_ptr<os::DirectoryLock>> lock_data(os::FileSystem& files, const std::string& directory) {
  const DataPaths paths = data_paths(directory);
  bool any = false;
  for (const std::string& path : {paths.store, paths.journal, paths.catalogue}) {
    ASSIGN_OR_RETURN(const bool there, files.exists(path));
    any = any || there;
  }
  if (!any)
    return not_found(fmt::format("{}: no data of Weir here; name the directory of serve --data", directory));
  auto lock = files.lock(directory);
  if (!lock.ok() && lock.error().code == Code::kUnavailable) {
    return unavailable(lock.error().message + ": a server is running there; stop it first");
  }
  return lock;
}

uint64_t data_bytes(os::FileSystem& files, const std::string& directory) {
  const DataPaths paths = data_paths(directory);
  uint64_t bytes = 0;
  for (const std::string& part : {paths.store, paths.journal, paths.dead_letters}) {
    const auto names = files.list(part);
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      if (name.ends_with(".block") || name.ends_with(".journal"))
        bytes += file_bytes(files, os::join_path(part, name));
    }
  }
  return bytes;
}

}  // namespace weir::app::offline
