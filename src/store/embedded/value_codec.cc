#include "store/embedded/value_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "store/embedded/bit_math.h"
#include "store/embedded/integer_codec.h"
#include "store/embedded/value_codec_decimal.h"
#include "store/embedded/value_codec_xor.h"

namespace weir::store::embedded {

namespace {

enum class Codec : uint8_t {
  kConstant = 0,  ///< 8 bytes: every value.
  kRaw = 1,       ///< 8 bytes a value.
  kDecimal = 2,   ///< Integers after scaling.
  kOrdered = 3,   ///< The bits as integers in the order of the numbers: smooth curves.
  kXor = 4,       ///< Exclusive or of neighbours.
};
constexpr uint8_t kCodecMask = 0x7f;
constexpr uint8_t kHasPatches = 0x80;

/// Patches are worth their 9 bytes while they are at most one value in eight.
constexpr size_t kValuesPerPatchMin = 8;
/// At or below this a decimal column is not tried against the slower codecs, which seldom come close.
constexpr size_t kGoodBytesPerValue = 4;

using Bits = std::array<uint64_t, kIntegersMax>;

std::span<const uint64_t> bits_of(std::span<const double> values, Bits& buffer) {
  std::memcpy(buffer.data(), values.data(), values.size_bytes());
  return std::span(buffer).first(values.size());
}

/// An integer that orders as the double does, so that neighbours on a curve are close. Its own inverse.
int64_t ordered(int64_t bits) {
  return bits < 0 ? bits ^ std::numeric_limits<int64_t>::max() : bits;
}

void encode_ordered(std::span<const uint64_t> bits, std::string& out) {
  std::array<int64_t, kIntegersMax> integers;
  std::transform(bits.begin(), bits.end(), integers.begin(),
                 [](uint64_t b) { return ordered(static_cast<int64_t>(b)); });
  encode_integers(std::span(integers).first(bits.size()), out);
}

Status decode_ordered(ByteReader& in, std::span<double> out) {
  std::array<int64_t, kIntegersMax> buffer;
  const std::span integers = std::span(buffer).first(out.size());
  RETURN_IF_ERROR(decode_integers(in, integers));
  std::transform(integers.begin(), integers.end(), out.begin(),
                 [](int64_t integer) { return std::bit_cast<double>(ordered(integer)); });
  return ok_status();
}

Status decode_xored(ByteReader& in, std::span<double> out) {
  Bits buffer;
  const std::span bits = std::span(buffer).first(out.size());
  RETURN_IF_ERROR(decode_xor(in, bits));
  std::memcpy(out.data(), bits.data(), bits.size_bytes());
  return ok_status();
}

/// Tries codecs at the end of a string and keeps the smallest.
class Contest {
 public:
  explicit Contest(std::string& out) : out_(out), begin_(out.size()) {}

  /// `encode` appends the codec's payload, and returns false when it cannot.
  template <typename Encode>
  void enter(uint8_t head, Encode encode) {
    const size_t best_end = out_.size();
    const size_t best_size = best_end - begin_;
    out_.push_back(static_cast<char>(head));
    if (encode() && (best_size == 0 || out_.size() - best_end < best_size)) {
      out_.erase(begin_, best_size);
    } else {
      out_.resize(best_end);
    }
  }
  size_t best_size() const { return out_.size() - begin_; }
  bool empty() const { return best_size() == 0; }

 private:
  std::string& out_;
  const size_t begin_;
};

/// `head_flags` goes with the codec's number; `patches` is what follows the head.
void encode_column(std::span<const double> values, uint8_t head_flags, std::string_view patches,
                   std::string& out) {
  Bits buffer;
  const std::span<const uint64_t> bits = bits_of(values, buffer);
  Contest contest(out);
  const auto enter = [&](Codec codec, auto encode) {
    contest.enter(static_cast<uint8_t>(static_cast<uint8_t>(codec) | head_flags), [&] {
      out.append(patches);
      return encode();
    });
  };
  enter(Codec::kDecimal, [&] { return encode_decimals(values, out); });
  if (std::all_of(bits.begin(), bits.end(), [&](uint64_t b) { return b == bits[0]; })) {
    return enter(Codec::kConstant, [&] { return ByteWriter(out).u64(bits[0]), true; });
  }
  if (!contest.empty() && contest.best_size() <= values.size() * kGoodBytesPerValue) return;
  enter(Codec::kOrdered, [&] { return encode_ordered(bits, out), true; });
  enter(Codec::kXor, [&] { return encode_xor(bits, out), true; });
  enter(Codec::kRaw, [&] {
    out.append(reinterpret_cast<const char*>(bits.data()), bits.size_bytes());
    return true;
  });
}

size_t count_not_finite(std::span<const double> values) {
  return static_cast<size_t>(
      std::count_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); }));
}

/// Writes the values that are not finite as patches, and puts in their place the value before, or the first
/// finite one.
std::string take_patches(std::span<double> values, size_t count) {
  std::string patches;
  ByteWriter writer(patches);
  writer.varint(count);
  double before =
      *std::find_if(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  size_t next = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      writer.varint(i - next);
      writer.u64(std::bit_cast<uint64_t>(values[i]));
      next = i + 1;
      values[i] = before;
    }
    before = values[i];
  }
  return patches;
}

struct Patch {
  size_t place;
  uint64_t bits;
};

Status read_patches(ByteReader& in, size_t value_count, std::vector<Patch>& out) {
  const uint64_t count = in.varint();
  if (count > value_count) {
    return corruption(
        fmt::format("chunk: {} patches of {} values before byte {}", count, value_count, in.position()));
  }
  size_t next = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t gap = in.varint();
    const uint64_t bits = in.u64();
    if (!in.ok() || gap >= value_count - next) {
      return corruption(
          fmt::format("chunk: patch {} of {} values before byte {}", i, value_count, in.position()));
    }
    out.push_back({next + gap, bits});
    next += gap + 1;
  }
  return ok_status();
}

Status decode_column(Codec codec, ByteReader& in, std::span<double> out) {
  switch (codec) {
    case Codec::kConstant:
      std::fill(out.begin(), out.end(), in.f64());
      return ok_status();
    case Codec::kRaw: {
      const std::string_view bytes = in.raw(out.size_bytes());
      if (in.ok()) std::memcpy(out.data(), bytes.data(), bytes.size());
      return ok_status();
    }
    case Codec::kDecimal:
      return decode_decimals(in, out);
    case Codec::kOrdered:
      return decode_ordered(in, out);
    case Codec::kXor:
      return decode_xored(in, out);
  }
  return corruption(
      fmt::format("chunk: unknown value codec {} before byte {}", static_cast<int>(codec), in.position()));
}

}  // namespace

void encode_values(std::span<const double> values, std::string& out) {
  CHECK(!values.empty() && values.size() <= kIntegersMax, "a column of 1 to kIntegersMax values");
  const size_t not_finite = count_not_finite(values);
  if (not_finite == 0 || not_finite * kValuesPerPatchMin > values.size())
    return encode_column(values, 0, {}, out);
  std::array<double, kIntegersMax> buffer;
  const std::span finite = std::span(buffer).first(values.size());
  std::copy(values.begin(), values.end(), finite.begin());
  const std::string patches = take_patches(finite, not_finite);
  encode_column(finite, kHasPatches, patches, out);
}

Status decode_values(ByteReader& in, std::span<double> out) {
  const uint8_t head = in.u8();
  std::vector<Patch> patches;
  if ((head & kHasPatches) != 0) RETURN_IF_ERROR(read_patches(in, out.size(), patches));
  RETURN_IF_ERROR(decode_column(static_cast<Codec>(head & kCodecMask), in, out));
  if (!in.ok())
    return corruption(fmt::format("chunk: ends inside {} values, byte {}", out.size(), in.position()));
  if (!in.at_end())
    return corruption(fmt::format("chunk: {} bytes after its end, byte {}", in.remaining(), in.position()));
  for (const Patch& patch : patches) out[patch.place] = std::bit_cast<double>(patch.bits);
  return ok_status();
}

}  // namespace weir::store::embedded
