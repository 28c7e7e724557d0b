#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The integers of Prometheus' files that are not varints. Those are `ByteReader`'s: LEB128, zigzag if
/// signed.
namespace weir::wire::tsdb {

inline constexpr size_t kChecksumBytes = 4;

/// The first bytes of `bytes`, which must have so many, most significant first.
template <typename T>
T load_big_endian(std::string_view bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((value << 8) | static_cast<uint8_t>(bytes[i]));
  return value;
}

template <typename T>
void append_big_endian(T value, std::string& out) {
  for (size_t i = sizeof(T); i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xff);
}

}  // namespace weir::wire::tsdb
