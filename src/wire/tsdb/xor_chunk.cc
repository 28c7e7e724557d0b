#include "wire/tsdb/xor_chunk.h"

#include <array>

#include <fmt/format.h>

#include "base/bytes.h"
#include "wire/tsdb/big_endian.h"
#include "wire/tsdb/bit_reader.h"

namespace weir::wire::tsdb {
namespace {

// The change of a timestamp's distance to the one before it: five widths, told apart by leading ones.
int64_t read_change(BitReader& in) {
  constexpr std::array<unsigned, 5> kWidths{0, 14, 17, 20, 64};
  const unsigned width = kWidths[in.leading_ones(kWidths.size() - 1)];
  return width == 0 ? 0 : in.signed_bits(width);
}

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

}  // namespace weir::wire::tsdb
