#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/exemplar.h"

/// A chunk of exemplars of one series: a column of times, one of values, and the labels, each text once.
/// docs/formats/chunk.md, version 16, has the layout. As for other chunks, whoever stores it adds checksum
/// and length. Pure functions; safe from any thread.
namespace weir::store::embedded {

/// The first byte of a chunk of exemplars, where chunks of samples have smaller ones.
inline constexpr uint8_t kExemplarChunkVersion = 16;
inline constexpr size_t kExemplarChunkMax = 1'024;

/// Appends the chunk of the exemplars [begin, end), 1 to kExemplarChunkMax, to `out`. Their times ascend, not
/// strictly; they are valid. Anything else is a programmer error.
void encode_exemplar_chunk(const ExemplarColumns& exemplars, size_t begin, size_t end, std::string& out);

/// Appends the exemplars of the chunk that fills `bytes` exactly. `bytes` may be hostile: what comes out
/// keeps the limits above. kCorruption names the byte; `out` is then as it was before.
Status decode_exemplar_chunk(std::string_view bytes, ExemplarColumns& out);

}  // namespace weir::store::embedded
