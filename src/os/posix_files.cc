#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os/files.h"

namespace weir::os {
namespace {

Error os_error(std::string_view operation, const std::string& path, int error) {
  std::string message = fmt::format("{} {}: {}", operation, path, std::strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return resource_exhausted(std::move(message));
    case ENOENT:
      return not_found(std::move(message));
    case EEXIST:
      return already_exists(std::move(message));
    default:
      return io_error(std::move(message));
  }
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class PosixFile : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) const override {
    size_t done = 0;
    while (done < size) {
      const ssize_t n = ::pread(fd_.get(), out + done, size - done, static_cast<off_t>(offset + done));
      if (n == 0) break;
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return os_error("read", path_, errno);
      done += static_cast<size_t>(n);
    }
    return done;
  }

  Status write_at(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return os_error("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_.get()) != 0) return os_error("fdatasync", path_, errno);
    return {};
  }

  Status truncate(uint64_t size_bytes) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)) != 0)
      return os_error("truncate", path_, errno);
    return {};
  }

  Status allocate(uint64_t size_bytes) override {
    const int error = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size_bytes));
    if (error != 0) return os_error("allocate", path_, error);
    return {};
  }

  Result<uint64_t> size() const override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return os_error("stat", path_, errno);
    return static_cast<uint64_t>(info.st_size);
  }

  const std::string& path() const override { return path_; }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixMapping : public Mapping {
 public:
  PosixMapping(void* address, size_t size) : address_(address), size_(size) {}
  ~PosixMapping() override {
    if (size_ > 0) ::munmap(address_, size_);
  }
  std::string_view bytes() const override { return {static_cast<const char*>(address_), size_}; }

 private:
  void* address_;
  size_t size_;
};

class PosixLock : public DirectoryLock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;
};

class PosixFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC;
    if (mode == OpenMode::kRead) flags |= O_RDONLY;
    if (mode == OpenMode::kReadWrite) flags |= O_RDWR;
    if (mode == OpenMode::kCreate) flags |= O_RDWR | O_CREAT | O_EXCL;
    const int fd = ::open(path.c_str(), flags, 0640);
    if (fd < 0) return os_error("open", path, errno);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(fd, path));
  }

  Result<std::unique_ptr<Mapping>> map(const std::string& path) override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return os_error("open", path, errno);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return os_error("stat", path, errno);
    const auto size = static_cast<size_t>(info.st_size);
    void* address = nullptr;
    if (size > 0) {
      address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
      if (address == MAP_FAILED) return os_error("map", path, errno);
    }
    return std::unique_ptr<Mapping>(std::make_unique<PosixMapping>(address, size));
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return os_error("rename", from, errno);
    return {};
  }

  Status link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return {};
    const int error = errno;
    switch (error) {
      case EPERM:
      case EOPNOTSUPP:
      case EXDEV:
        return unsupported(fmt::format("link {} to {}: {}; hard links need one file system that has them",
                                       from, to, std::strerror(error)));
      case EMLINK:
        return resource_exhausted(fmt::format("link {}: {}", from, std::strerror(error)));
      default:
        return os_error("link", error == EEXIST ? to : from, error);
    }
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return os_error("remove", path, errno);
    return {};
  }

  Status remove_all(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return os_error("remove", path, error.value());
    return {};
  }

  Status create_directories(const std::string& path) override {
    const std::filesystem::path target(path);
    std::error_code error;
    if (path.empty() || std::filesystem::is_directory(target, error)) return {};
    std::filesystem::path parent = target.parent_path();
    if (!parent.empty()) RETURN_IF_ERROR(create_directories(parent.string()));
    if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) return os_error("create directory", path, errno);
    return sync_directory(parent.empty() ? "." : parent.string());
  }

  Status sync_directory(const std::string& path) override {
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return os_error("open directory", path, errno);
    if (::fsync(fd.get()) != 0) return os_error("fsync directory", path, errno);
    return {};
  }

  Result<std::vector<std::string>> list(const std::string& path) override {
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return os_error("list", path, errno);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<bool> exists(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return os_error("stat", path, errno);
  }

  Result<uint64_t> free_bytes(const std::string& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return os_error("statvfs", path, errno);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }

  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& directory) override {
    const std::string path = join_path(directory, "LOCK");
    Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (fd.get() < 0) return os_error("open", path, errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return held_elsewhere(fd.get(), directory);
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) {
      return os_error("write", path, errno);
    }
    return std::unique_ptr<DirectoryLock>(std::make_unique<PosixLock>(std::move(fd)));
  }

 private:
  static Error held_elsewhere(int fd, const std::string& directory) {
    char pid[32] = {};
    const ssize_t n = ::pread(fd, pid, sizeof(pid) - 1, 0);
    std::string holder(pid, n > 0 ? static_cast<size_t>(n) : 0);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    return unavailable(fmt::format("data directory {} is in use by process {}", directory, holder));
  }
};

}  // namespace

FileSystem& posix_files() {
  static PosixFileSystem files;
  return files;
}

}  // namespace weir::os
