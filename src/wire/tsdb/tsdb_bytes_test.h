#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/crc32c.h"

/// Bytes of Prometheus' files for tests, put together by the format's description.
namespace weir::wire::tsdb::test {

/// The bytes that "85 bd 40 dd" names.
inline std::string from_hex(std::string_view text) {
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == ' ') continue;
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
    ++i;
  }
  return bytes;
}

/// The bytes that "10 110" names, filled up with zeros.
inline std::string from_bits(std::string_view text) {
  std::string bytes;
  size_t count = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    if (count % 8 == 0) bytes += '\0';
    if (c == '1') bytes.back() = static_cast<char>(bytes.back() | 0x80 >> (count % 8));
    ++count;
  }
  return bytes;
}

template <typename T>
std::string big_endian(T value) {
  std::string bytes;
  for (size_t i = sizeof(T); i-- > 0;) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

inline std::string varint(uint64_t value) {
  std::string bytes;
  ByteWriter(bytes).varint(value);
  return bytes;
}
inline std::string svarint(int64_t value) {
  std::string bytes;
  ByteWriter(bytes).svarint(value);
  return bytes;
}
inline std::string text(std::string_view bytes) {
  return varint(bytes.size()) + std::string(bytes);
}

/// `body`, and its checksum behind it.
inline std::string with_checksum(const std::string& body) {
  return body + big_endian(crc32c(body));
}

}  // namespace weir::wire::tsdb::test
