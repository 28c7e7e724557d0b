#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace weir::store::embedded {

/// Codes doubles, given as their bits, by the exclusive or of neighbours: good where values repeat or share
/// their leading bits. Chimp: Liakos et al., "Chimp: Efficient Lossless Floating Point Compression", VLDB
/// 2022, section 4, after Gorilla (Pelkonen et al., VLDB 2015). Ours: fields least significant bit first. 1
/// or more values; appends whole bytes.
void encode_xor(std::span<const uint64_t> bits, std::string& out);

/// Reads `out.size()` values and the rest of `in`. kCorruption names the byte.
Status decode_xor(ByteReader& in, std::span<uint64_t> out);

}  // namespace weir::store::embedded
