#include "store/embedded/integer_block.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.h"
#include "store/embedded/bit_math.h"
#include "store/embedded/bit_stream.h"
#include "store/embedded/bit_unpack.h"

namespace weir::store::embedded {

namespace {

constexpr uint8_t kHasExceptions = 0x80;

/// A number near the median, so that the distances from it are short: the median of five.
int64_t middle_of(std::span<const int64_t> block) {
  const size_t last = block.size() - 1;
  std::array<int64_t, 5> picks = {block[0], block[last / 4], block[last / 2], block[last - last / 4],
                                  block[last]};
  std::sort(picks.begin(), picks.end());
  return picks[2];
}

/// How many numbers have a zigzag distance of 0 to 64 bits.
using WidthCounts = std::array<uint32_t, 65>;

WidthCounts width_counts(std::span<const int64_t> block, int64_t middle) {
  WidthCounts counts = {};
  for (const int64_t number : block) ++counts[std::bit_width(zigzag(wrapping_sub(number, middle)))];
  return counts;
}

/// An exception `width` bits away from the middle: its place, and its distance as a varint.
size_t exception_bytes(size_t width) {
  return 1 + std::max<size_t>(1, (width + 6) / 7);
}

/// The width up to which numbers are packed so that these and the exceptions together are smallest. None is
/// wider than `width_max`.
size_t cheapest_width(const WidthCounts& counts, size_t width_max, size_t count) {
  size_t beside_bytes = 0;
  size_t best_bytes = std::numeric_limits<size_t>::max();
  size_t best_width = 0;
  for (size_t width = width_max + 1; width-- > 0;) {
    const size_t bytes = bytes_for_bits(count * width) + beside_bytes + (beside_bytes > 0);
    if (bytes <= best_bytes) {
      best_bytes = bytes;
      best_width = width;
    }
    beside_bytes += counts[width] * exception_bytes(width);
  }
  return best_width;
}

/// Bytes of all exceptions when numbers of up to `width` bits are packed, with their count.
size_t exceptions_bytes(const WidthCounts& counts, size_t width) {
  size_t bytes = 0;
  for (size_t i = width + 1; i < counts.size(); ++i) bytes += counts[i] * exception_bytes(i);
  return bytes + (bytes > 0);
}

struct Range {
  int64_t min = std::numeric_limits<int64_t>::max();
  int64_t max = std::numeric_limits<int64_t>::min();

  void add(int64_t number) {
    min = std::min(min, number);
    max = std::max(max, number);
  }
};

/// The range of the numbers whose zigzag distance from `middle` has at most `width` bits. These need not lie
/// evenly about the middle, so it may be half of what the width allows.
Range range_near(std::span<const int64_t> block, int64_t middle, size_t width) {
  const uint64_t zigzag_max = low_bits(static_cast<unsigned>(width));
  Range range;
  for (const int64_t number : block) {
    if (zigzag(wrapping_sub(number, middle)) <= zigzag_max) range.add(number);
  }
  return range;
}

BlockPlan plan_of(Range packed, size_t count, size_t beside_bytes) {
  const auto width =
      static_cast<unsigned>(std::bit_width(static_cast<uint64_t>(wrapping_sub(packed.max, packed.min))));
  return {packed.min, packed.max, width, 1 + bytes_for_bits(count * width) + beside_bytes};
}

bool fits(int64_t number, const BlockPlan& plan) {
  return plan.min <= number && number <= plan.max;
}

/// `unpack_bits` when `packed` may be the last of the input: copied to where bytes follow.
void unpack_last(std::string_view packed, unsigned width, int64_t base, std::span<int64_t> out) {
  std::array<char, (kBlockSize + 2) * sizeof(uint64_t)> padded = {};
  std::copy(packed.begin(), packed.end(), padded.begin());
  unpack_bits(padded.data(), width, base, out);
}

Status read_exceptions(ByteReader& in, int64_t base, std::span<int64_t> out) {
  const unsigned count = in.u8();
  for (unsigned i = 0; i < count; ++i) {
    const size_t place = in.u8();
    const int64_t distance = in.svarint();
    if (!in.ok()) break;
    if (place >= out.size()) {
      return corruption(fmt::format("chunk: exception at place {} of a block of {}, byte {}", place,
                                    out.size(), in.position()));
    }
    out[place] = wrapping_add(base, distance);
  }
  return ok_status();
}

}  // namespace

BlockPlan plan_block(std::span<const int64_t> block) {
  Range all;
  for (const int64_t number : block) all.add(number);
  const BlockPlan whole = plan_of(all, block.size(), 0);
  if (whole.width == 0) return whole;

  const int64_t middle = middle_of(block);
  const WidthCounts counts = width_counts(block, middle);
  // No number is further from the middle than the range is wide, and zigzag takes one bit.
  const size_t width = cheapest_width(counts, std::min<size_t>(whole.width + 1, 64), block.size());
  const size_t beside_bytes = exceptions_bytes(counts, width);
  if (beside_bytes == 0) return whole;
  const BlockPlan parted = plan_of(range_near(block, middle, width), block.size(), beside_bytes);
  return parted.size_bytes < whole.size_bytes ? parted : whole;
}

void write_block(std::span<const int64_t> block, const BlockPlan& plan, int64_t& base, std::string& out) {
  const auto fitting =
      std::count_if(block.begin(), block.end(), [&](int64_t number) { return fits(number, plan); });
  const size_t exceptions = block.size() - static_cast<size_t>(fitting);
  ByteWriter writer(out);
  writer.svarint(wrapping_sub(plan.min, base));
  writer.u8(static_cast<uint8_t>(plan.width | (exceptions > 0 ? kHasExceptions : 0)));
  base = plan.min;

  BitWriter bits(out);
  for (const int64_t number : block) {
    bits.write(fits(number, plan) ? static_cast<uint64_t>(wrapping_sub(number, base)) : 0, plan.width);
  }
  bits.finish();

  if (exceptions == 0) return;
  writer.u8(static_cast<uint8_t>(exceptions));
  for (size_t place = 0; place < block.size(); ++place) {
    if (fits(block[place], plan)) continue;
    writer.u8(static_cast<uint8_t>(place));
    writer.svarint(wrapping_sub(block[place], base));
  }
}

Status read_block(ByteReader& in, int64_t& base, std::span<int64_t> out) {
  base = wrapping_add(base, in.svarint());
  const uint8_t head = in.u8();
  const unsigned width = head & ~kHasExceptions;
  if (width > 64) {
    return corruption(fmt::format("chunk: integers of {} bits at byte {}, limit 64", width, in.position()));
  }
  const std::string_view packed = in.raw(bytes_for_bits(out.size() * width));
  if (!in.ok()) return corruption(fmt::format("chunk: ends inside a block of {} integers", out.size()));
  if (width == 0) {
    std::fill(out.begin(), out.end(), base);
  } else if (in.remaining() >= sizeof(uint64_t)) {
    unpack_bits(packed.data(), width, base, out);
  } else {
    unpack_last(packed, width, base, out);
  }
  if ((head & kHasExceptions) != 0) RETURN_IF_ERROR(read_exceptions(in, base, out));
  if (!in.ok())
    return corruption(fmt::format("chunk: ends inside the exceptions of {} integers", out.size()));
  return ok_status();
}

}  // namespace weir::store::embedded
