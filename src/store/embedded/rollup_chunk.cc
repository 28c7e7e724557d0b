#include "store/embedded/rollup_chunk.h"

#include <limits>
#include <span>

#include <fmt/format.h>

#include "base/bytes.h"
#include "store/embedded/chunk.h"
#include "store/embedded/integer_codec.h"
#include "store/embedded/timestamp_codec.h"
#include "store/embedded/value_codec.h"

namespace weir::store::embedded {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kFallsKept = 1;
constexpr uint8_t kSumsExact = 2;

Error damaged(const ByteReader& in, std::string_view what) {
  return corruption(fmt::format("rollup chunk: {} before byte {}", what, in.position()));
}

size_t bucket_count(std::span<const TimestampMs> timestamps_ms, int64_t width_ms) {
  size_t count = 1;
  for (size_t i = 1; i < timestamps_ms.size(); ++i)
    count += ceil_to(timestamps_ms[i], width_ms) != ceil_to(timestamps_ms[i - 1], width_ms) ? 1 : 0;
  return count;
}

Status decode_left_out(ByteReader& in, std::span<const TimestampMs> timestamps_ms, int64_t width_ms,
                       std::span<uint32_t> out) {
  std::vector<int64_t> numbers(out.size());
  RETURN_IF_ERROR(decode_integers(in, numbers));
  for (size_t i = 0; i < numbers.size(); ++i) {
    const bool is_first =
        i == 0 || ceil_to(timestamps_ms[i], width_ms) != ceil_to(timestamps_ms[i - 1], width_ms);
    const int64_t limit = is_first ? 0 : std::numeric_limits<uint32_t>::max();
    if (numbers[i] < 0 || numbers[i] > limit)
      return damaged(in, fmt::format("{} samples left out, at most {}", numbers[i], limit));
    out[i] = static_cast<uint32_t>(numbers[i]);
  }
  return {};
}

Status decode_sums(ByteReader& in, std::span<double> out) {
  ByteReader column(in.text());
  if (!in.ok()) return damaged(in, "a column of sums that is cut short");
  return decode_values(column, out);
}

}  // namespace

void encode_rollup_chunk(const Rollup& rollup, int64_t width_ms, std::string& out) {
  CHECK(rollup.size() > 0 && rollup.size() <= kChunkSamplesMax,
        "a chunk holds 1 to kChunkSamplesMax samples");
  CHECK(rollup.sums.size() == bucket_count(rollup.timestamps_ms, width_ms), "a sum a bucket");
  ByteWriter writer(out);
  writer.u8(kVersion);
  writer.u8(
      static_cast<uint8_t>((rollup.falls_kept ? kFallsKept : 0) | (rollup.sums_exact ? kSumsExact : 0)));
  writer.varint(rollup.size());
  encode_timestamps(rollup.timestamps_ms, out);
  const std::vector<int64_t> left_out(rollup.left_out.begin(), rollup.left_out.end());
  encode_integers(left_out, out);
  if (rollup.sums_exact) {
    std::string sums;
    encode_values(rollup.sums, sums);
    writer.text(sums);
  }
  encode_values(rollup.values, out);
}

Status decode_rollup_chunk(std::string_view bytes, int64_t width_ms, Rollup& out) {
  ByteReader in(bytes);
  const uint8_t version = in.u8();
  const uint8_t flags = in.u8();
  const uint64_t count = in.varint();
  if (!in.ok() || version != kVersion) return damaged(in, fmt::format("version {}, known is 1", version));
  if (flags > (kFallsKept | kSumsExact)) return damaged(in, fmt::format("flags {}", flags));
  if (count == 0 || count > kChunkSamplesMax)
    return damaged(in, fmt::format("{} samples, limits 1 and {}", count, kChunkSamplesMax));
  const size_t before = out.size();
  out.timestamps_ms.resize(before + count);
  out.values.resize(before + count);
  out.left_out.resize(before + count);
  const std::span times = std::span(out.timestamps_ms).subspan(before);
  RETURN_IF_ERROR(decode_timestamps(in, times));
  if (before > 0 && times.front() <= out.timestamps_ms[before - 1])
    return damaged(in, "times that do not ascend from chunk to chunk");
  RETURN_IF_ERROR(decode_left_out(in, times, width_ms, std::span(out.left_out).subspan(before)));
  out.falls_kept &= (flags & kFallsKept) != 0;
  const bool sums_exact = (flags & kSumsExact) != 0;
  out.sums_exact &= sums_exact;
  if (sums_exact) {
    const size_t sums_before = out.sums.size();
    out.sums.resize(sums_before + bucket_count(times, width_ms));
    RETURN_IF_ERROR(decode_sums(in, std::span(out.sums).subspan(sums_before)));
  }
  return decode_values(in, std::span(out.values).subspan(before));
}

}  // namespace weir::store::embedded
