#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "model/sample.h"

/// Chunks of samples as they lie in the segment files of a block of Prometheus. The format's description is
/// Prometheus' own: tsdb/docs/format/chunks.md.
namespace weir::wire::tsdb {

enum class ChunkEncoding : uint8_t { kXor = 1, kHistogram = 2, kFloatHistogram = 3 };

/// A chunk whose checksum is right. Lives as long as the segment's bytes.
struct ChunkView {
  uint8_t encoding = 0;   ///< A ChunkEncoding, or one that this build does not know.
  std::string_view data;  ///< Begins with the number of samples.

  /// As the chunk says; 0 when it has no room for it.
  uint16_t sample_count() const;
};

/// Whether a segment file begins as one. Errors: kCorruption; kUnsupported names the version.
Status check_segment(std::string_view segment);

/// The chunk at `offset` of a segment's bytes. Errors: kCorruption names the offset.
Result<ChunkView> read_chunk(std::string_view segment, uint64_t offset);

/// Appends the chunk's samples, at most 65,535, to `out`. Pure; the bytes may be hostile, and what is
/// appended has times that ascend and histograms that are valid.
/// - A native histogram of integers becomes one of doubles. The first one's hint of a counter reset is the
///   chunk's; those after it are known not to be resets.
/// - A chunk that fails leaves `out` as it was.
/// Errors: kCorruption; kUnsupported: the encoding; kInvalidArgument: a histogram that `validate` refuses.
Status decode_chunk(const ChunkView& chunk, SampleColumns& out);

}  // namespace weir::wire::tsdb
