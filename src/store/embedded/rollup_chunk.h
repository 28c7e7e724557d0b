#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/embedded/rollup.h"

/// A chunk of a rollup: up to kChunkSamplesMax samples that stand for whole buckets. docs/formats/rollup.md
/// has the layout. Whoever stores it adds checksum and length. Pure functions; safe from any thread.
namespace weir::store::embedded {

/// Appends the chunk of these samples, 1 to kChunkSamplesMax, to `out`. `width_ms` is that of the buckets.
void encode_rollup_chunk(const Rollup& rollup, int64_t width_ms, std::string& out);

/// Appends the samples of the chunk that fills `bytes`, which may be hostile: what comes out ascends strictly
/// and has a sum for each bucket if `sums_exact`. What `out` says of falls and sums holds for the chunk too,
/// or is said no more. kCorruption names the byte; `out` is then worthless.
Status decode_rollup_chunk(std::string_view bytes, int64_t width_ms, Rollup& out);

}  // namespace weir::store::embedded
