#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "model/histogram.h"
#include "model/sample.h"

/// A chunk of histograms of one layout: the layout once, then a column for each part and each bucket.
/// docs/formats/chunk.md, version 2, has the layout. As for other chunks, whoever stores it adds checksum and
/// length. Pure functions; safe from any thread.
namespace weir::store::embedded {

/// The first byte of a chunk of histograms, where chunks of doubles have 1.
inline constexpr uint8_t kHistogramChunkVersion = 2;

/// The most histograms of a layout that a chunk holds, at least 1. Whoever wants one sample decodes a whole
/// chunk, so this bounds its memory, to half a megabyte of counts.
size_t histogram_chunk_samples_max(const HistogramLayout& layout);

/// Appends the chunk of these histograms to `out`. Both spans have the same size, 1 to
/// `histogram_chunk_samples_max`; times ascend strictly; all histograms are there, valid, of one layout.
void encode_histogram_chunk(std::span<const TimestampMs> timestamps_ms,
                            std::span<const HistogramPtr> histograms, std::string& out);

/// Reads what stands between the version and the times: how many histograms there are, and their layout.
/// kCorruption when the count is beyond the limits above.
Result<size_t> decode_histogram_head(ByteReader& in, HistogramLayout& layout);

/// Appends the samples of the chunk that `in` holds, which stands behind the version. The bytes may be
/// hostile: what comes out keeps the limits above. kCorruption names the byte; `out` is then as it was
/// before.
Status decode_histogram_chunk(ByteReader& in, SampleColumns& out);

}  // namespace weir::store::embedded
