#include "store/embedded/integer_codec.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "store/embedded/bit_math.h"
#include "store/embedded/integer_block.h"

namespace weir::store::embedded {

namespace {

/// What a number is expected to be; the block codec keeps how far off that is.
enum class Predictor : uint8_t {
  kLine = 0,       ///< A straight line from the column's first number, level or sloped.
  kPrevious = 1,   ///< The number before.
  kTrend = 2,      ///< The number before, plus the step that led to it.
  kExactLine = 3,  ///< A line on which every number lies: no distances follow.
};
constexpr uint8_t kPredictorMask = 0x03;
constexpr uint8_t kHasFactor = 0x04;

constexpr size_t kBlocksMax = (kIntegersMax + kBlockSize - 1) / kBlockSize;

using Buffer = std::array<int64_t, kIntegersMax>;

/// The greatest number that divides every difference of neighbours; 1 where differences could overflow.
int64_t common_factor(std::span<const int64_t> column) {
  const auto [least, greatest] = std::minmax_element(column.begin(), column.end());
  if (wrapping_sub(*greatest, *least) < 0) return 1;
  int64_t factor = 0;
  for (size_t i = 1; i < column.size() && factor != 1; ++i) {
    const int64_t difference = column[i] - column[i - 1];
    if (factor == 0 || difference % factor != 0) factor = std::gcd(factor, difference);
  }
  return std::max<int64_t>(factor, 1);
}

/// Offsets from the column's first number, in units of `factor`, but for that number's own, which is 0.
std::span<const int64_t> offsets_of(std::span<const int64_t> column, int64_t factor, Buffer& buffer) {
  const std::span out = std::span(buffer).first(column.size() - 1);
  for (size_t i = 0; i < out.size(); ++i) out[i] = wrapping_sub(column[i + 1], column[0]);
  if (factor != 1) {
    for (int64_t& offset : out) offset /= factor;
  }
  return out;
}

/// The step of the line from the first number to the last, to the nearest whole number, so that a regular
/// beat with jitter is met exactly.
int64_t mean_step(std::span<const int64_t> offsets) {
  if (offsets.empty()) return 0;
  const auto steps = static_cast<int64_t>(offsets.size());
  const int64_t whole = offsets.back() / steps;
  const int64_t rest = offsets.back() % steps;
  if (rest * 2 >= steps) return whole + 1;
  return rest * 2 <= -steps ? whole - 1 : whole;
}

bool on_line(std::span<const int64_t> offsets, int64_t step) {
  int64_t expected = 0;
  return std::all_of(offsets.begin(), offsets.end(), [&](int64_t offset) {
    expected = wrapping_add(expected, step);
    return offset == expected;
  });
}

int64_t distance_from_line(std::span<const int64_t> offsets, size_t index, int64_t step) {
  return wrapping_sub(offsets[index], wrapping_mul(static_cast<int64_t>(index) + 1, step));
}

/// How far some of the offsets scatter about a line.
uint64_t scatter(std::span<const int64_t> offsets, int64_t step) {
  constexpr size_t kPicks = 16;
  int64_t least = 0;
  int64_t greatest = 0;
  for (size_t i = 0; i < kPicks; ++i) {
    const int64_t distance = distance_from_line(offsets, i * (offsets.size() - 1) / (kPicks - 1), step);
    least = std::min(least, distance);
    greatest = std::max(greatest, distance);
  }
  return static_cast<uint64_t>(wrapping_sub(greatest, least));
}

std::span<const int64_t> distances_from_line(std::span<const int64_t> offsets, int64_t step, Buffer& buffer) {
  for (size_t i = 0; i < offsets.size(); ++i) buffer[i] = distance_from_line(offsets, i, step);
  return std::span(buffer).first(offsets.size());
}

/// Each number less the one before it; the first stays.
std::span<const int64_t> differences(std::span<const int64_t> numbers, Buffer& buffer) {
  int64_t before = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    buffer[i] = wrapping_sub(numbers[i], before);
    before = numbers[i];
  }
  return std::span(buffer).first(numbers.size());
}

/// A predictor with its distances, and what it would cost.
struct Coding {
  Predictor predictor;
  std::span<const int64_t> distances;
  std::array<BlockPlan, kBlocksMax> plans = {};
  size_t size_bytes = 0;
};

/// `numbers` in blocks, one call each with the block's index.
template <typename T, typename Visit>
void for_each_block(std::span<T> numbers, Visit visit) {
  for (size_t at = 0; at < numbers.size(); at += kBlockSize) {
    visit(at / kBlockSize, numbers.subspan(at, std::min(kBlockSize, numbers.size() - at)));
  }
}

Coding coding_of(Predictor predictor, std::span<const int64_t> distances) {
  Coding coding{predictor, distances};
  for_each_block(distances, [&](size_t index, std::span<const int64_t> block) {
    coding.plans[index] = plan_block(block);
    coding.size_bytes += coding.plans[index].size_bytes;
  });
  return coding;
}

/// Predictors in the order of their cost to decode; a later one must be smaller to win.
Coding smallest_coding(std::span<const int64_t> offsets, int64_t step, std::array<Buffer, 3>& buffers) {
  Coding best = coding_of(Predictor::kLine, distances_from_line(offsets, step, buffers[0]));
  const auto consider = [&best](Predictor predictor, std::span<const int64_t> distances) {
    const Coding coding = coding_of(predictor, distances);
    if (coding.size_bytes < best.size_bytes) best = coding;
  };
  const std::span<const int64_t> deltas = differences(offsets, buffers[1]);
  consider(Predictor::kPrevious, deltas);
  consider(Predictor::kTrend, differences(deltas, buffers[2]));
  return best;
}

void write_head(Predictor predictor, int64_t first, int64_t factor, ByteWriter& writer) {
  writer.u8(static_cast<uint8_t>(static_cast<uint8_t>(predictor) | (factor != 1 ? kHasFactor : 0)));
  writer.svarint(first);
  if (factor != 1) writer.varint(static_cast<uint64_t>(factor));
}

/// Distances become the numbers behind `first`, in one pass: what comes out of the predictions is linear in
/// them, so the factor may be multiplied in at the begin. `scale` does that.
template <typename Scale>
void undo(Predictor predictor, int64_t first, int64_t step, Scale scale, std::span<int64_t> distances) {
  int64_t at = first;
  switch (predictor) {
    case Predictor::kLine:
    case Predictor::kExactLine:
      for (int64_t& number : distances) {
        at = wrapping_add(at, step);
        number = wrapping_add(at, scale(number));
      }
      return;
    case Predictor::kPrevious:
      for (int64_t& number : distances) number = at = wrapping_add(at, scale(number));
      return;
    case Predictor::kTrend: {
      int64_t slope = 0;
      for (int64_t& number : distances) {
        slope = wrapping_add(slope, scale(number));
        number = at = wrapping_add(at, slope);
      }
    }
  }
}

void undo(Predictor predictor, int64_t first, int64_t step, int64_t factor, std::span<int64_t> distances) {
  if (factor == 1)
    return undo(
        predictor, first, step, [](int64_t number) { return number; }, distances);
  undo(
      predictor, first, wrapping_mul(step, factor),
      [factor](int64_t number) { return wrapping_mul(number, factor); }, distances);
}

Status read_blocks(ByteReader& in, std::span<int64_t> out) {
  int64_t base = 0;
  Status status = ok_status();
  for_each_block(out, [&](size_t, std::span<int64_t> block) {
    if (status.ok()) status = read_block(in, base, block);
  });
  return status;
}

}  // namespace

void encode_integers(std::span<const int64_t> column, std::string& out) {
  CHECK(!column.empty() && column.size() <= kIntegersMax, "a column of 1 to kIntegersMax integers");
  ByteWriter writer(out);
  Buffer buffer;
  const int64_t factor = common_factor(column);
  const std::span<const int64_t> offsets = offsets_of(column, factor, buffer);
  int64_t step = mean_step(offsets);
  if (on_line(offsets, step)) {
    write_head(Predictor::kExactLine, column[0], factor, writer);
    return writer.svarint(step);
  }
  if (scatter(offsets, 0) <= scatter(offsets, step)) step = 0;
  std::array<Buffer, 3> buffers;
  const Coding coding = smallest_coding(offsets, step, buffers);
  write_head(coding.predictor, column[0], factor, writer);
  if (coding.predictor == Predictor::kLine) writer.svarint(step);
  int64_t base = 0;
  for_each_block(coding.distances, [&](size_t index, std::span<const int64_t> block) {
    write_block(block, coding.plans[index], base, out);
  });
}

Status decode_integers(ByteReader& in, std::span<int64_t> out) {
  CHECK(!out.empty() && out.size() <= kIntegersMax, "a column of 1 to kIntegersMax integers");
  const uint8_t head = in.u8();
  const auto predictor = static_cast<Predictor>(head & kPredictorMask);
  if ((head & ~(kPredictorMask | kHasFactor)) != 0) {
    return corruption(
        fmt::format("chunk: unknown integer coding {:#04x} before byte {}", head, in.position()));
  }
  const int64_t first = in.svarint();
  const auto factor = (head & kHasFactor) != 0 ? static_cast<int64_t>(in.varint()) : 1;
  const bool line = predictor == Predictor::kLine || predictor == Predictor::kExactLine;
  const int64_t step = line ? in.svarint() : 0;
  if (!in.ok()) return corruption(fmt::format("chunk: ends inside the head of {} integers", out.size()));

  const std::span<int64_t> offsets = out.subspan(1);
  if (predictor == Predictor::kExactLine) {
    std::fill(offsets.begin(), offsets.end(), 0);
  } else {
    RETURN_IF_ERROR(read_blocks(in, offsets));
  }
  out[0] = first;
  undo(predictor, first, step, factor, offsets);
  return ok_status();
}

}  // namespace weir::store::embedded
