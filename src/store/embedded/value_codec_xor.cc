#include "store/embedded/value_codec_xor.h"

#include <array>
#include <bit>

#include <fmt/format.h>

#include "store/embedded/bit_stream.h"

namespace weir::store::embedded {

namespace {

/// The 2-bit flag before each value but the first.
enum Flag : unsigned {
  kSame = 0,         ///< The value before, again.
  kCentre = 1,       ///< 3 bits class of leading zeros, 6 bits size, then that many bits between the zeros.
  kSameLeading = 2,  ///< All bits after as many leading zeros as last time.
  kNewLeading = 3,   ///< 3 bits class of leading zeros, then all bits after them.
};

/// Leading zeros are rounded down to one of eight classes.
constexpr std::array<uint8_t, 8> kLeadingOfClass = {0, 8, 12, 16, 18, 20, 22, 24};
constexpr unsigned kNoLeading = 65;  // before the first: equals no class
/// Fewer trailing zeros do not pay for the size field.
constexpr unsigned kTrailingMin = 7;

unsigned class_of(unsigned leading) {
  unsigned found = 0;
  while (found + 1 < kLeadingOfClass.size() && kLeadingOfClass[found + 1] <= leading) ++found;
  return found;
}

class XorWriter {
 public:
  explicit XorWriter(std::string& out) : bits_(out) {}

  void write(uint64_t difference) {
    if (difference == 0) return same();
    const unsigned leading_class = class_of(static_cast<unsigned>(std::countl_zero(difference)));
    const unsigned leading = kLeadingOfClass[leading_class];
    const auto trailing = static_cast<unsigned>(std::countr_zero(difference));
    if (trailing >= kTrailingMin) return centre(difference, leading_class, trailing);
    bits_.write(leading == leading_ ? kSameLeading : kNewLeading, 2);
    if (leading != leading_) bits_.write(leading_class, 3);
    leading_ = leading;
    bits_.write(difference, 64 - leading);
  }
  void first(uint64_t value) { bits_.write(value, 64); }
  void finish() { bits_.finish(); }

 private:
  void same() {
    bits_.write(kSame, 2);
    leading_ = kNoLeading;
  }
  void centre(uint64_t difference, unsigned leading_class, unsigned trailing) {
    const unsigned size = 64 - kLeadingOfClass[leading_class] - trailing;
    bits_.write(kCentre | leading_class << 2 | size << 5, 11);
    bits_.write(difference >> trailing, size);
    leading_ = kNoLeading;
  }

  BitWriter bits_;
  unsigned leading_ = kNoLeading;
};

class XorReader {
 public:
  explicit XorReader(std::string_view in) : bits_(in) {}

  uint64_t first() { return bits_.read(64); }
  /// The next difference; anything when `ok` is false afterwards.
  uint64_t read() {
    const auto flag = static_cast<unsigned>(bits_.read(2));
    if (flag == kSameLeading) return bits_.read(leading_ <= 64 ? 64 - leading_ : bad());
    if (flag == kSame) {
      leading_ = kNoLeading;
      return 0;
    }
    leading_ = kLeadingOfClass[bits_.read(3)];
    if (flag == kNewLeading) return bits_.read(64 - leading_);
    const auto size = static_cast<unsigned>(bits_.read(6));
    const unsigned trailing = size > 0 && size + leading_ < 64 ? 64 - leading_ - size : bad();
    leading_ = kNoLeading;
    return bits_.read(size) << trailing;
  }
  bool ok() const { return bits_.ok() && !bad_; }
  bool only_padding_left() { return bits_.only_padding_left(); }
  size_t position() const { return bits_.position(); }

 private:
  unsigned bad() {
    bad_ = true;
    return 0;
  }

  BitReader bits_;
  unsigned leading_ = kNoLeading;
  bool bad_ = false;
};

}  // namespace

void encode_xor(std::span<const uint64_t> bits, std::string& out) {
  XorWriter writer(out);
  writer.first(bits[0]);
  for (size_t i = 1; i < bits.size(); ++i) writer.write(bits[i] ^ bits[i - 1]);
  writer.finish();
}

Status decode_xor(ByteReader& in, std::span<uint64_t> out) {
  const size_t begin = in.position();
  XorReader reader(in.raw(in.remaining()));
  out[0] = reader.first();
  for (size_t i = 1; i < out.size(); ++i) out[i] = out[i - 1] ^ reader.read();
  if (!reader.ok() || !reader.only_padding_left()) {
    return corruption(fmt::format("chunk: damaged XOR values near byte {}", begin + reader.position()));
  }
  return ok_status();
}

}  // namespace weir::store::embedded
