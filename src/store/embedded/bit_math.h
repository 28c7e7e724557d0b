#pragma once

#include <cstddef>
#include <cstdint>

/// Arithmetic that the codecs of a chunk share. Columns hold any 64-bit number, so sums and differences wrap.
namespace weir::store::embedded {

constexpr int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
constexpr int64_t wrapping_sub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
constexpr int64_t wrapping_mul(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

/// The low `width` bits of a word set; `width` is 0 to 64.
constexpr uint64_t low_bits(unsigned width) {
  return width == 0 ? 0 : ~uint64_t{0} >> (64 - width);
}

/// Bytes that hold `bits` bits.
constexpr size_t bytes_for_bits(size_t bits) {
  return (bits + 7) / 8;
}

}  // namespace weir::store::embedded
