#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::wire::tsdb {

/// Reads bits, most significant first, from bytes that may be hostile: every read is checked, and after the
/// first failure every later one returns zero, so a decoder may read a group of fields and ask `ok()` once.
class BitReader {
 public:
  explicit BitReader(std::string_view in) : in_(in), left_(in.size() * 8) {}

  bool ok() const { return !failed_; }
  size_t remaining_bits() const { return left_; }

  bool bit() { return bits(1) != 0; }
  /// `count` is 1 to 64.
  uint64_t bits(unsigned count) {
    if (count <= kWindowBits) return take(count);
    const uint64_t high = take(32);
    return high << (count - 32) | take(count - 32);
  }
  double f64() { return std::bit_cast<double>(bits(64)); }

  /// An unsigned integer in one of nine widths: as many ones as tell which, a zero except after the eighth.
  uint64_t varbit_uint() {
    const unsigned width = varbit_width();
    return width == 0 ? 0 : bits(width);
  }
  /// The same, signed.
  int64_t varbit_int() {
    const unsigned width = varbit_width();
    return width == 0 ? 0 : signed_bits(width);
  }
  /// A signed integer of `width` bits whose range is (-2^(width-1), 2^(width-1)]: the one value that two's
  /// complement has for both ends is taken for the upper one. With 64 bits it is two's complement.
  int64_t signed_bits(unsigned width) {
    const uint64_t raw = bits(width);
    if (width == 64 || raw <= uint64_t{1} << (width - 1)) return static_cast<int64_t>(raw);
    return static_cast<int64_t>(raw - (uint64_t{1} << width));
  }
  /// Ones before the next zero, which is taken with them; at most `max`, after which no zero stands.
  unsigned leading_ones(unsigned max) {
    unsigned ones = 0;
    while (ones < max && bit()) ++ones;
    return ones;
  }
  void fail() {
    failed_ = true;
    left_ = 0;
  }

 private:
  static constexpr unsigned kWindowBits = 57;  // in any 8 bytes, wherever in the first one the bits begin

  unsigned varbit_width() {
    constexpr std::array<unsigned, 9> kWidths{0, 3, 6, 9, 12, 18, 25, 56, 64};
    return kWidths[leading_ones(kWidths.size() - 1)];
  }

  uint64_t take(unsigned count) {
    if (count > left_) {
      fail();
      return 0;
    }
    const size_t at = in_.size() * 8 - left_;
    left_ -= count;
    return window(at / 8) << (at % 8) >> (64 - count);
  }
  // The 8 bytes from `byte` on, with zeros after the end.
  uint64_t window(size_t byte) const {
    uint64_t raw = 0;
    static_assert(std::endian::native == std::endian::little);
    const size_t size = in_.size() - byte;
    if (size >= sizeof(raw)) {
      std::memcpy(&raw, in_.data() + byte, sizeof(raw));
    } else {
      std::memcpy(&raw, in_.data() + byte, size);
    }
    return __builtin_bswap64(raw);
  }

  std::string_view in_;
  size_t left_;
  bool failed_ = false;
};

/// A double that each sample gives as the XOR with the one before it.
/// XOR float coding: Pelkonen et al., "Gorilla", VLDB 2015, section 4.1.2.
struct XorValue {
  uint64_t raw = 0;
  unsigned leading = 0;  ///< Zero bits before the part that differs, as was told last.
  unsigned significant = 64;

  double value() const { return std::bit_cast<double>(raw); }
  void first(BitReader& in) { raw = in.bits(64); }
  void next(BitReader& in) {
    if (!in.bit()) return;
    if (in.bit()) {
      leading = static_cast<unsigned>(in.bits(5));
      significant = static_cast<unsigned>(in.bits(6));
      if (significant == 0) significant = 64;
      if (leading + significant > 64) {
        in.fail();
        significant = 64 - leading;
      }
    }
    raw ^= in.bits(significant) << (64 - leading - significant);
  }
};

}  // namespace weir::wire::tsdb
