#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Small magnitudes of either sign become small unsigned numbers: 0, -1, 1, -2, ... become 0, 1, 2, 3, ...
constexpr uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

/// Appends fixed-width little-endian integers and LEB128 varints to a string. Not thread safe; owns nothing.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u32(uint32_t value) { fixed(value); }
  void u64(uint64_t value) { fixed(value); }
  void f64(double value) { fixed(value); }
  /// Unsigned LEB128: 7 bits a byte, least significant first, 1 to 10 bytes.
  void varint(uint64_t value) {
    if (value < 0x80) return out_.push_back(static_cast<char>(value));
    varint_slow(value);
  }
  /// Zigzag, then varint: small magnitudes of either sign stay short.
  void svarint(int64_t value) { varint(zigzag(value)); }
  void raw(std::string_view bytes) { out_.append(bytes); }
  /// varint length, then the bytes.
  void text(std::string_view bytes) {
    varint(bytes.size());
    raw(bytes);
  }
  size_t size() const { return out_.size(); }

 private:
  void varint_slow(uint64_t value);
  template <typename T>
  void fixed(T value) {
    static_assert(std::endian::native == std::endian::little, "the stored formats are little endian");
    out_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  std::string& out_;
};

/// Reads what ByteWriter wrote from bytes that may be hostile: every read is checked, and after the first
/// failure every later one returns zero, so a decoder may read a group of fields and ask `ok()` once. Views
/// live as long as the input.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : begin_(in.data()), at_(in.data()), end_(in.data() + in.size()) {}
  explicit ByteReader(Bytes in) : ByteReader(as_text(in)) {}

  bool ok() const { return !failed_; }
  bool at_end() const { return at_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  size_t position() const { return static_cast<size_t>(at_ - begin_); }

  uint8_t u8() { return fixed<uint8_t>(); }
  uint32_t u32() { return fixed<uint32_t>(); }
  uint64_t u64() { return fixed<uint64_t>(); }
  double f64() { return fixed<double>(); }
  /// A varint of at most 10 bytes that fits 64 bits; anything else fails.
  uint64_t varint() {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) return static_cast<uint8_t>(*at_++);
    return varint_slow();
  }
  int64_t svarint() { return unzigzag(varint()); }
  std::string_view raw(size_t size);
  std::string_view text() { return raw(varint()); }
  void fail() {
    failed_ = true;
    at_ = end_;
  }

 private:
  template <typename T>
  T fixed() {
    T value{};
    if (remaining() < sizeof(T)) {
      fail();
      return value;
    }
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  uint64_t varint_slow();

  const char* begin_;
  const char* at_;
  const char* end_;
  bool failed_ = false;
};

}  // namespace weir
