#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "os/files.h"

namespace weir::store::embedded {

/// Appends to a new file in large writes. After an error only the destructor may follow. Owned by one thread.
class BufferedFile {
 public:
  static Result<BufferedFile> create(os::FileSystem& files, const std::string& path) {
    ASSIGN_OR_RETURN(auto file, files.open(path, os::OpenMode::kCreate));
    return BufferedFile(std::move(file));
  }

  /// Bytes appended so far.
  uint64_t size_bytes() const { return written_ + buffer_.size(); }

  Status append(std::string_view bytes) {
    buffer_.append(bytes);
    return buffer_.size() < kBufferBytes ? Status() : flush();
  }

  /// Everything appended is on stable storage when this returns success.
  Status sync() {
    RETURN_IF_ERROR(flush());
    return file_->sync();
  }

 private:
  static constexpr size_t kBufferBytes = 1 << 20;

  explicit BufferedFile(std::unique_ptr<os::File> file) : file_(std::move(file)) {}

  Status flush() {
    RETURN_IF_ERROR(file_->write_at(written_, buffer_));
    written_ += buffer_.size();
    buffer_.clear();
    return {};
  }

  std::unique_ptr<os::File> file_;
  std::string buffer_;
  uint64_t written_ = 0;
};

}  // namespace weir::store::embedded
