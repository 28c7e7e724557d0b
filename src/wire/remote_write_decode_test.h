#pragma once

#include <string>
#include <string_view>

#include <snappy.h>

#include "wire/remote_write.h"

/// What the tests of remote write share.
namespace weir::wire::remote_write_tests {

inline constexpr size_t kMax = 32u << 20;

inline std::string compress(const std::string& message) {
  std::string body;
  snappy::Compress(message.data(), message.size(), &body);
  return body;
}

inline Result<RemoteWriteExtras> decode(std::string_view body, Batch& batch,
                                        size_t decoded_bytes_max = kMax) {
  std::string scratch;
  return decode_remote_write(body, decoded_bytes_max, scratch, batch);
}

}  // namespace weir::wire::remote_write_tests
