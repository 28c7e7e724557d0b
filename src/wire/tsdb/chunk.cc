#include "wire/tsdb/chunk.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/tsdb/big_endian.h"
#include "wire/tsdb/histogram_chunk.h"
#include "wire/tsdb/xor_chunk.h"

namespace weir::wire::tsdb {
namespace {

constexpr uint32_t kSegmentMagic = 0x85BD40DD;
constexpr uint8_t kSegmentVersion = 1;
constexpr size_t kSegmentHeaderBytes = 8;

Status decode(const ChunkView& chunk, SampleColumns& out) {
  switch (static_cast<ChunkEncoding>(chunk.encoding)) {
    case ChunkEncoding::kXor:
      return decode_xor(chunk.data, out);
    case ChunkEncoding::kHistogram:
      return decode_histogram(chunk.data, out);
    case ChunkEncoding::kFloatHistogram:
      return decode_float_histogram(chunk.data, out);
  }
  return unsupported(fmt::format("chunk encoding {}", chunk.encoding));
}

}  // namespace

uint16_t ChunkView::sample_count() const {
  return data.size() < sizeof(uint16_t) ? uint16_t{0} : load_big_endian<uint16_t>(data);
}

Status check_segment(std::string_view segment) {
  if (segment.size() < kSegmentHeaderBytes || load_big_endian<uint32_t>(segment) != kSegmentMagic)
    return corruption("not a chunk segment: its first bytes are others");
  const auto version = static_cast<uint8_t>(segment[sizeof(uint32_t)]);
  if (version != kSegmentVersion) return unsupported(fmt::format("chunk segment version {}", version));
  return {};
}

Result<ChunkView> read_chunk(std::string_view segment, uint64_t offset) {
  const auto damaged = [&](std::string_view what) {
    return corruption(fmt::format("chunk at byte {}: {}", offset, what));
  };
  if (offset < kSegmentHeaderBytes || offset >= segment.size())
    return damaged(fmt::format("outside of the segment's {} bytes", segment.size()));
  ByteReader in(segment.substr(offset));
  const uint64_t size = in.varint();
  const size_t begin = offset + in.position();
  const std::string_view encoding = in.raw(1);
  const std::string_view data = in.raw(size);
  const std::string_view checksum = in.raw(kChecksumBytes);
  if (!in.ok()) return damaged("cut short");
  if (crc32c(segment.substr(begin, size + 1)) != load_big_endian<uint32_t>(checksum))
    return damaged("wrong checksum");
  return ChunkView{static_cast<uint8_t>(encoding[0]), data};
}

Status decode_chunk(const ChunkView& chunk, SampleColumns& out) {
  const size_t before = out.size();
  Status done = decode(chunk, out);
  if (!done.ok()) out.truncate(before);
  out.align_histograms();
  return done;
}

}  // namespace weir::wire::tsdb
