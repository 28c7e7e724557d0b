#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::os {

/// How `FileSystem::open` treats an existing or missing file.
enum class OpenMode {
  kRead,       ///< Must exist; reads only.
  kReadWrite,  ///< Must exist.
  kCreate,     ///< Must not exist (kAlreadyExists); reads and writes.
};

/// An open file, positioned by offset. Reads are safe from any thread; writes, truncate and sync by one
/// thread at a time. After a failed write or sync nothing written since the last successful sync may be
/// trusted. Errors of every call: kIo with path, operation and errno text; kResourceExhausted when the disk
/// or quota is full.
class File {
 public:
  virtual ~File() = default;
  /// Reads up to `size` bytes at `offset` into `out`; fewer only at end of file. EINTR is retried.
  virtual Result<size_t> read_at(uint64_t offset, char* out, size_t size) const = 0;
  /// Writes all of `bytes` at `offset`, or fails; a failed write may have written a part.
  virtual Status write_at(uint64_t offset, std::string_view bytes) = 0;
  /// fdatasync: data, and the size where it changed, are on stable storage when this returns success.
  virtual Status sync() = 0;
  virtual Status truncate(uint64_t size_bytes) = 0;
  /// Reserves and zero-fills space so that later writes within `size_bytes` cannot meet a full disk.
  virtual Status allocate(uint64_t size_bytes) = 0;
  virtual Result<uint64_t> size() const = 0;
  virtual const std::string& path() const = 0;
};

/// A read-only view of a whole file, valid for the object's life. Immutable; safe from any thread.
class Mapping {
 public:
  virtual ~Mapping() = default;
  virtual std::string_view bytes() const = 0;
};

/// Exclusive ownership of a directory by this process, released on destruction.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

/// The file system as Weir uses it. Paths are UTF-8, absolute or relative to the working directory. Safe from
/// any thread. Creating, renaming, linking and removing survive a power loss only after `sync_directory` of
/// the parent.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::unique_ptr<Mapping>> map(const std::string& path) = 0;
  /// Atomically replaces `to`.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  /// Gives the file `from` a second name `to`: both are the same bytes, which stay until the last name is
  /// removed. kAlreadyExists when `to` is there; kUnsupported when the file system has no hard links, or the
  /// names lie on two; kNotFound.
  virtual Status link(const std::string& from, const std::string& to) = 0;
  /// kNotFound when there is nothing to remove.
  virtual Status remove(const std::string& path) = 0;
  /// Removes a directory and all in it; a missing one is success.
  virtual Status remove_all(const std::string& path) = 0;
  /// Creates the directory and its missing parents, and syncs the parent of each one created.
  virtual Status create_directories(const std::string& path) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  /// Names (not paths) of the entries, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  /// Bytes that an unprivileged process may still write on the file system that holds `path`.
  virtual Result<uint64_t> free_bytes(const std::string& path) = 0;
  /// Takes the file `LOCK` in the directory; kUnavailable with the holder's pid when another process has it.
  virtual Result<std::unique_ptr<DirectoryLock>> lock(const std::string& directory) = 0;
};

/// The operating system's files.
FileSystem& posix_files();

/// Writes `bytes` to `path` so that after a crash either the old or the new content is there: temporary file
/// beside it, sync, rename, sync of the directory.
Status write_file_atomically(FileSystem& files, const std::string& path, std::string_view bytes);

/// `path`, or the first of `path`.1, `path`.2, ... that is not there yet. kIo.
Result<std::string> free_name(FileSystem& files, const std::string& path);

/// The whole file; kResourceExhausted when it is larger than `size_bytes_max`.
Result<std::string> read_file(FileSystem& files, const std::string& path, uint64_t size_bytes_max);

/// "a/b" of "a" and "b".
std::string join_path(std::string_view directory, std::string_view name);

}  // namespace weir::os
