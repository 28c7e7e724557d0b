#include "store/embedded/chunk.h"

#include <array>

#include <fmt/format.h>

#include "base/bytes.h"
#include "store/embedded/histogram_chunk.h"
#include "store/embedded/integer_codec.h"
#include "store/embedded/timestamp_codec.h"
#include "store/embedded/value_codec.h"

namespace weir::store::embedded {

static_assert(kIntegersMax == kChunkSamplesMax);

namespace {

constexpr uint8_t kVersion = 1;

/// Reads the sample count behind the version.
Result<size_t> decode_head(uint8_t version, ByteReader& in) {
  const uint64_t count = in.varint();
  if (!in.ok()) return corruption(fmt::format("chunk: {} bytes hold no head", in.position()));
  if (version != kVersion)
    return corruption(fmt::format("chunk: version {} at byte 0, known are {} and {}", version, kVersion,
                                  kHistogramChunkVersion));
  if (count == 0 || count > kChunkSamplesMax) {
    return corruption(fmt::format("chunk: {} samples at byte 1, limits 1 and {}", count, kChunkSamplesMax));
  }
  return static_cast<size_t>(count);
}

Result<size_t> skip_times(ByteReader& in, size_t count) {
  std::array<TimestampMs, kChunkSamplesMax> timestamps_ms;
  RETURN_IF_ERROR(decode_timestamps(in, std::span(timestamps_ms).first(count)));
  return in.position();
}

Status decode_columns(ByteReader& in, std::span<TimestampMs> timestamps_ms, std::span<double> values) {
  RETURN_IF_ERROR(decode_timestamps(in, timestamps_ms));
  return decode_values(in, values);
}

}  // namespace

void encode_chunk(std::span<const TimestampMs> timestamps_ms, std::span<const double> values,
                  std::string& out) {
  CHECK(timestamps_ms.size() == values.size(), "one time a value");
  CHECK(!values.empty() && values.size() <= kChunkSamplesMax, "a chunk holds 1 to kChunkSamplesMax samples");
  ByteWriter writer(out);
  writer.u8(kVersion);
  writer.varint(values.size());
  encode_timestamps(timestamps_ms, out);
  encode_values(values, out);
}

Status decode_chunk(std::string_view bytes, SampleColumns& out) {
  ByteReader in(bytes);
  const uint8_t version = in.u8();
  if (version == kHistogramChunkVersion) return decode_histogram_chunk(in, out);
  ASSIGN_OR_RETURN(const size_t count, decode_head(version, in));
  const size_t before = out.size();
  out.timestamps_ms.resize(before + count);
  out.values.resize(before + count);
  Status status =
      decode_columns(in, std::span(out.timestamps_ms).subspan(before), std::span(out.values).subspan(before));
  if (!status.ok()) out.truncate(before);
  return status;
}

Result<size_t> chunk_begin_bytes(std::string_view chunk) {
  ByteReader in(chunk);
  const uint8_t version = in.u8();
  HistogramLayout layout;
  ASSIGN_OR_RETURN(const size_t count, version == kHistogramChunkVersion ? decode_histogram_head(in, layout)
                                                                         : decode_head(version, in));
  return skip_times(in, count);
}

}  // namespace weir::store::embedded
