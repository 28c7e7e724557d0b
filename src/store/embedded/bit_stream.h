#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "store/embedded/bit_math.h"

namespace weir::store::embedded {

static_assert(std::endian::native == std::endian::little, "the stored formats are little endian");

/// Appends fields of 0 to 64 bits to a string, least significant bit first, so that a field of 8 aligned bits
/// is that byte. `finish` pads the last byte with zeros. Owns nothing; one thread.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  /// `value` has no bit set at or above `width`.
  void write(uint64_t value, unsigned width) {
    if (width == 0) return;
    word_ |= value << used_;
    if (used_ + width < 64) {
      used_ += width;
      return;
    }
    append(word_, 8);
    const unsigned written = 64 - used_;
    used_ = width - written;
    word_ = used_ == 0 ? 0 : value >> written;
  }
  void finish() {
    append(word_, bytes_for_bits(used_));
    word_ = 0;
    used_ = 0;
  }

 private:
  void append(uint64_t word, size_t size) { out_.append(reinterpret_cast<const char*>(&word), size); }

  std::string& out_;
  uint64_t word_ = 0;
  unsigned used_ = 0;
};

/// Reads what BitWriter wrote from bytes that may be hostile: past the end every field is zero and `ok` turns
/// false.
class BitReader {
 public:
  explicit BitReader(std::string_view in) : in_(in), bit_count_(in.size() * 8) {}

  /// `width` is 0 to 64.
  uint64_t read(unsigned width) {
    if (width == 0) return 0;
    if (width > bit_count_ - bit_) {
      bit_ = bit_count_;
      failed_ = true;
      return 0;
    }
    const unsigned shift = bit_ % 8;
    uint64_t value = load(bit_ / 8) >> shift;
    if (shift + width > 64) value |= uint64_t{static_cast<uint8_t>(in_[bit_ / 8 + 8])} << (64 - shift);
    bit_ += width;
    return value & low_bits(width);
  }
  bool ok() const { return !failed_; }
  /// The byte that holds the next bit.
  size_t position() const { return bit_ / 8; }
  /// True when fewer than 8 bits are left and all of them are zero: the padding of `finish`.
  bool only_padding_left() {
    const size_t left = bit_count_ - bit_;
    return left < 8 && read(static_cast<unsigned>(left)) == 0;
  }

 private:
  uint64_t load(size_t at) const {
    uint64_t word = 0;
    if (in_.size() - at >= sizeof(word)) {
      std::memcpy(&word, in_.data() + at, sizeof(word));
    } else {
      std::memcpy(&word, in_.data() + at, in_.size() - at);
    }
    return word;
  }

  std::string_view in_;
  size_t bit_count_;
  size_t bit_ = 0;
  bool failed_ = false;
};

}  // namespace weir::store::embedded
