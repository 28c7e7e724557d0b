#include "wire/tsdb/xor_chunk.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "wire/tsdb/big_endian.h"
#include "wire/tsdb/bit_reader.h"
#include "wire/tsdb/bit_writer.h"

namespace weir::wire::tsdb {
namespace {

// The change of a timestamp's distance to the one before it: five widths, told apart by leading ones.
constexpr std::array<unsigned, 5> kChangeWidths{0, 14, 17, 20, 64};

int64_t read_change(BitReader& in) {
  const unsigned width = kChangeWidths[in.leading_ones(kChangeWidths.size() - 1)];
  return width == 0 ? 0 : in.signed_bits(width);
}

bool fits(int64_t change, unsigned width) {
  if (width == 0) return change == 0;
  if (width == 64) return true;
  const int64_t half = int64_t{1} << (width - 1);
  return change > -half && change <= half;
}

void write_change(int64_t change, BitWriter& out) {
  unsigned ones = 0;
  while (!fits(change, kChangeWidths[ones])) ++ones;
  const bool last = ones + 1 == kChangeWidths.size();  // without a zero behind its ones
  out.bits(last ? 0b1111 : (uint64_t{1} << (ones + 1)) - 2, last ? ones : ones + 1);
  out.bits(static_cast<uint64_t>(change), kChangeWidths[ones]);
}

/// The other side of XorValue.
class XorWriter {
 public:
  explicit XorWriter(double first) : raw_(std::bit_cast<uint64_t>(first)) {}

  void next(double value, BitWriter& out) {
    constexpr unsigned kLeadingMax = 31;  // in five bits
    const uint64_t raw = std::bit_cast<uint64_t>(value);
    const uint64_t change = std::exchange(raw_, raw) ^ raw;
    if (change == 0) return out.bits(0, 1);
    const unsigned leading = std::min<unsigned>(static_cast<unsigned>(std::countl_zero(change)), kLeadingMax);
    const auto trailing = static_cast<unsigned>(std::countr_zero(change));
    if (has_window_ && leading >= leading_ && trailing >= trailing_) {
      out.bits(0b10, 2);
    } else {
      has_window_ = true;
      leading_ = leading;
      trailing_ = trailing;
      out.bits(0b11, 2);
      out.bits(leading, 5);
      out.bits(64 - leading - trailing, 6);  // 64 is written as 0
    }
    out.bits(change >> trailing_, 64 - leading_ - trailing_);
  }

 private:
  uint64_t raw_;
  bool has_window_ = false;
  unsigned leading_ = 0;
  unsigned trailing_ = 0;
};

Error damaged(size_t sample) {
  return corruption(fmt::format("XOR chunk: sample {} is cut short or no later than the one before", sample));
}

}  // namespace

Status decode_xor(std::string_view data, SampleColumns& out) {
  ByteReader head(data);
  const std::string_view count_bytes = head.raw(sizeof(uint16_t));
  if (!head.ok()) return corruption("XOR chunk: without a number of samples");
  const auto count = load_big_endian<uint16_t>(count_bytes);
  if (count == 0) return {};

  auto time = static_cast<uint64_t>(head.svarint());
  XorValue value;
  const std::string_view first = head.raw(sizeof(uint64_t));
  if (!head.ok()) return damaged(0);
  value.raw = load_big_endian<uint64_t>(first);
  out.push_back(static_cast<TimestampMs>(time), value.value());
  if (count == 1) return {};

  uint64_t step = head.varint();  // arithmetic wraps: the bytes may be anything
  if (!head.ok()) return damaged(1);
  BitReader in(data.substr(head.position()));
  for (size_t i = 1; i < count; ++i) {
    if (i > 1) step += static_cast<uint64_t>(read_change(in));
    value.next(in);
    const auto previous = static_cast<TimestampMs>(time);
    time += step;
    if (!in.ok() || static_cast<TimestampMs>(time) <= previous) return damaged(i);
    out.push_back(static_cast<TimestampMs>(time), value.value());
  }
  return {};
}

void encode_xor(std::span<const TimestampMs> timestamps_ms, std::span<const double> values,
                std::string& out) {
  append_big_endian(static_cast<uint16_t>(timestamps_ms.size()), out);
  if (timestamps_ms.empty()) return;
  ByteWriter head(out);
  head.svarint(timestamps_ms[0]);
  append_big_endian(std::bit_cast<uint64_t>(values[0]), out);
  if (timestamps_ms.size() == 1) return;
  // Distances and their changes wrap, as they do where they are read.
  auto step = static_cast<uint64_t>(timestamps_ms[1]) - static_cast<uint64_t>(timestamps_ms[0]);
  head.varint(step);
  XorWriter value(values[0]);
  BitWriter bits(out);
  value.next(values[1], bits);
  for (size_t i = 2; i < timestamps_ms.size(); ++i) {
    const uint64_t next =
        static_cast<uint64_t>(timestamps_ms[i]) - static_cast<uint64_t>(timestamps_ms[i - 1]);
    write_change(static_cast<int64_t>(next - std::exchange(step, next)), bits);
    value.next(values[i], bits);
  }
}

}  // namespace weir::wire::tsdb
