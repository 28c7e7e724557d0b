#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "os/files.h"

namespace weir::oracle {

/// What is done wrong to files, by path. Nothing by default.
struct FileFaults {
  using When = std::function<bool(const std::string& path)>;
  When sync_is_skipped = {};            ///< File::sync answers at once.
  When sync_is_retried = {};            ///< A sync that fails is tried again, and that answer counts.
  When write_error_is_ignored = {};     ///< A write that fails counts as done.
  When directory_sync_is_skipped = {};  ///< sync_directory answers at once.
  When link_is_skipped = {};            ///< The second name is said to be there.
  When rename_is_a_copy = {};           ///< `to` is written anew in place, and `from` removed.
  std::function<std::string(std::string bytes)> mapped = {};  ///< What a mapped file is taken for.
};

/// Files over others, with faults. As safe from threads as those.
class PlantedFiles : public os::FileSystem {
 public:
  PlantedFiles(os::FileSystem& files, FileFaults faults) : files_(files), faults_(std::move(faults)) {}

  Result<std::unique_ptr<os::File>> open(const std::string& path, os::OpenMode mode) override {
    ASSIGN_OR_RETURN(auto file, files_.open(path, mode));
    return std::unique_ptr<os::File>(std::make_unique<PlantedFile>(std::move(file), faults_));
  }
  Result<std::unique_ptr<os::Mapping>> map(const std::string& path) override {
    if (!faults_.mapped) return files_.map(path);
    ASSIGN_OR_RETURN(const auto mapping, files_.map(path));
    return std::unique_ptr<os::Mapping>(
        std::make_unique<Bytes>(faults_.mapped(std::string(mapping->bytes()))));
  }
  Status rename(const std::string& from, const std::string& to) override {
    return is(faults_.rename_is_a_copy, to) ? copy(from, to) : files_.rename(from, to);
  }
  Status link(const std::string& from, const std::string& to) override {
    return is(faults_.link_is_skipped, from) ? Status() : files_.link(from, to);
  }
  Status remove(const std::string& path) override { return files_.remove(path); }
  Status remove_all(const std::string& path) override { return files_.remove_all(path); }
  Status create_directories(const std::string& path) override { return files_.create_directories(path); }
  Status sync_directory(const std::string& path) override {
    return is(faults_.directory_sync_is_skipped, path) ? Status() : files_.sync_directory(path);
  }
  Result<std::vector<std::string>> list(const std::string& path) override { return files_.list(path); }
  Result<bool> exists(const std::string& path) override { return files_.exists(path); }
  Result<uint64_t> free_bytes(const std::string& path) override { return files_.free_bytes(path); }
  Result<std::unique_ptr<os::DirectoryLock>> lock(const std::string& directory) override {
    return files_.lock(directory);
  }

 private:
  static bool is(const FileFaults::When& when, const std::string& path) { return when && when(path); }

  class Bytes : public os::Mapping {
   public:
    explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
    std::string_view bytes() const override { return bytes_; }

   private:
    const std::string bytes_;
  };

  class PlantedFile : public os::File {
   public:
    PlantedFile(std::unique_ptr<os::File> file, const FileFaults& faults)
        : file_(std::move(file)), faults_(faults) {}
    Result<size_t> read_at(uint64_t offset, char* out, size_t size) const override {
      return file_->read_at(offset, out, size);
    }
    Status write_at(uint64_t offset, std::string_view bytes) override {
      Status written = file_->write_at(offset, bytes);
      return is(faults_.write_error_is_ignored, path()) ? Status() : written;
    }
    Status sync() override {
      if (is(faults_.sync_is_skipped, path())) return {};
      Status synced = file_->sync();
      return synced.ok() || !is(faults_.sync_is_retried, path()) ? synced : file_->sync();
    }
    Status truncate(uint64_t size_bytes) override { return file_->truncate(size_bytes); }
    Status allocate(uint64_t size_bytes) override { return file_->allocate(size_bytes); }
    Result<uint64_t> size() const override { return file_->size(); }
    const std::string& path() const override { return file_->path(); }

   private:
    const std::unique_ptr<os::File> file_;
    const FileFaults& faults_;
  };

  Status copy(const std::string& from, const std::string& to) {
    ASSIGN_OR_RETURN(const std::string bytes, os::read_file(files_, from, uint64_t{1} << 30));
    ASSIGN_OR_RETURN(const bool there, files_.exists(to));
    ASSIGN_OR_RETURN(auto file, files_.open(to, there ? os::OpenMode::kReadWrite : os::OpenMode::kCreate));
    RETURN_IF_ERROR(file->truncate(0));
    RETURN_IF_ERROR(file->write_at(0, bytes));
    RETURN_IF_ERROR(file->sync());
    return files_.remove(from);
  }

  os::FileSystem& files_;
  const FileFaults faults_;
};

}  // namespace weir::oracle
