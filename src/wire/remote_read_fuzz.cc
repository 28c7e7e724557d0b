#include <cstddef>
#include <cstdint>

#include "wire/remote_read.h"
#include "wire/snappy_block.h"

/// Any bytes as a body, and as the message inside of one: a request or an error, and no more.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir::wire;
  constexpr size_t kBytesMax = 1 << 16;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string scratch;
  static_cast<void>(decode_remote_read(bytes, kBytesMax, scratch).ok());
  std::string body;
  snappy_encode(bytes, body);
  static_cast<void>(decode_remote_read(body, kBytesMax, scratch).ok());
  return 0;
}
