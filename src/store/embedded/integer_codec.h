#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace weir::store::embedded {

/// Longest column of the integer codec, and so of a chunk.
inline constexpr size_t kIntegersMax = 1024;

/// Codes a column of 64-bit integers, 1 to kIntegersMax of them, and appends it to `out`. The columns of
/// monitoring data are predictable, so each number is replaced by its distance from the best of four
/// predictions, and the distances are bit packed in blocks of 128 with their own base and width; the few that
/// do not fit a block's width stand beside it (PFOR: Zukowski et al., "Super-Scalar RAM-CPU Cache
/// Compression", ICDE 2006). A common factor of all differences, such as 4096 in sizes of memory, is divided
/// out first. All arithmetic wraps, so every column can be coded. Layout: docs/formats/chunk.md.
void encode_integers(std::span<const int64_t> column, std::string& out);

/// Reads exactly `out.size()` integers (1 to kIntegersMax) that `encode_integers` wrote. kCorruption names
/// the byte.
Status decode_integers(ByteReader& in, std::span<int64_t> out);

}  // namespace weir::store::embedded
