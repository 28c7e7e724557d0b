#include "os/files.h"

#include <fmt/format.h>

namespace weir::os {

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  if (directory.back() == '/') return fmt::format("{}{}", directory, name);
  return fmt::format("{}/{}", directory, name);
}

Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  if (Status removed = files.remove(temporary); !removed.ok() && removed.error().code != Code::kNotFound)
    return removed;
  {
    ASSIGN_OR_RETURN(auto file, files.open(temporary, OpenMode::kCreate));
    RETURN_IF_ERROR(file->write_at(0, bytes));
    RETURN_IF_ERROR(file->sync());
  }
  RETURN_IF_ERROR(files.rename(temporary, path));
  const size_t slash = path.rfind('/');
  return files.sync_directory(slash == std::string::npos ? "." : path.substr(0, slash + 1));
}

Result<std::string> free_name(FileSystem& files, const std::string& path) {
  std::string name = path;
  for (uint64_t number = 1;; ++number) {
    ASSIGN_OR_RETURN(const bool there, files.exists(name));
    if (!there) return name;
    name = fmt::format("{}.{}", path, number);
  }
}

Result<std::string> read_file(FileSystem& files, const std::string& path, uint64_t size_bytes_max) {
  ASSIGN_OR_RETURN(auto file, files.open(path, OpenMode::kRead));
  ASSIGN_OR_RETURN(const uint64_t size, file->size());
  if (size > size_bytes_max) {
    return resource_exhausted(fmt::format("{}: {} bytes, limit {}", path, size, size_bytes_max));
  }
  std::string bytes(size, '\0');
  ASSIGN_OR_RETURN(const size_t got, file->read_at(0, bytes.data(), size));
  bytes.resize(got);
  return bytes;
}

}  // namespace weir::os
