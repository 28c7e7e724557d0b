#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/sample.h"

/// A chunk is up to 1024 consecutive samples of one series in one compact run of bytes: a column of
/// timestamps, then a column of values, each coded by the smallest of several codecs. Bit exact for every
/// double. docs/formats/chunk.md has the layout. A chunk carries no checksum and no length: whoever stores it
/// adds both. Pure functions; safe from any thread.
namespace weir::store::embedded {

inline constexpr size_t kChunkSamplesMax = 1024;

/// Appends the chunk of these samples to `out`. Both spans have the same size, 1 to kChunkSamplesMax; times
/// ascend strictly. Anything else is a programmer error.
void encode_chunk(std::span<const TimestampMs> timestamps_ms, std::span<const double> values,
                  std::string& out);

/// Appends the samples of the chunk, of doubles or of histograms (histogram_chunk.h), that fills `bytes`
/// exactly. `bytes` may be hostile: what comes out is 1 to kChunkSamplesMax samples with strictly ascending
/// times. kCorruption names the byte; `out` is then as it was before.
Status decode_chunk(std::string_view bytes, SampleColumns& out);

/// How many bytes of the chunk, of either kind, come before its values: all that tells its times, so that
/// chunks which begin alike have the same. kCorruption as in decode_chunk.
Result<size_t> chunk_begin_bytes(std::string_view chunk);

}  // namespace weir::store::embedded
