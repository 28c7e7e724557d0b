#include "wire/snappy_block.h"

#include <fmt/format.h>
#include <snappy.h>

namespace weir::wire {

Result<std::string_view> snappy_decode(std::string_view body, size_t decoded_bytes_max, size_t slack,
                                       std::string& scratch) {
  // The densest element of a block, a copy with a two-byte offset, makes 64 bytes of 3: a block that declares
  // more is refused before it makes us reserve memory.
  constexpr size_t kRatioMax = 22;
  size_t size = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &size)) {
    return invalid_argument("the body is not a snappy block (byte 0)");
  }
  if (size > decoded_bytes_max) {
    return resource_exhausted(fmt::format("{} bytes after decompression, limit {}", size, decoded_bytes_max));
  }
  if (size / kRatioMax > body.size()) {
    return invalid_argument(
        fmt::format("a snappy block of {} bytes cannot hold the {} it declares", body.size(), size));
  }
  if (scratch.size() < size + slack) scratch.resize(size + slack);
  if (!snappy::RawUncompress(body.data(), body.size(), scratch.data())) {
    return invalid_argument(fmt::format("the snappy block of {} bytes is damaged", body.size()));
  }
  return std::string_view(scratch).substr(0, size);
}

void snappy_encode(std::string_view bytes, std::string& out) {
  const size_t begin = out.size();
  size_t written = 0;
  out.resize(begin + snappy::MaxCompressedLength(bytes.size()));
  snappy::RawCompress(bytes.data(), bytes.size(), out.data() + begin, &written);
  out.resize(begin + written);
}

}  // namespace weir::wire
