#include "collect/proc_reader.h"

#include <fmt/format.h>

namespace weir::collect {

Result<std::string_view> ProcReader::read(const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, files_.open(path, os::OpenMode::kRead));
  for (;;) {
    // Read again from the start when the buffer was too small: the kernel keeps a text consistent within one
    // pass only.
    ASSIGN_OR_RETURN(const size_t size, file->read_at(0, buffer_.data(), buffer_.size()));
    if (size < buffer_.size()) return std::string_view(buffer_).substr(0, size);
    if (buffer_.size() >= kTextBytesMax) {
      return resource_exhausted(fmt::format("{}: over {} bytes", path, kTextBytesMax));
    }
    buffer_.resize(buffer_.size() * 4);
  }
}

}  // namespace weir::collect
