#pragma once

#include <span>
#include <string>

#include "base/bytes.h"
#include "base/time.h"

namespace weir::store::embedded {

/// Appends 1 to kIntegersMax strictly ascending times. A regular beat of any length takes its first time and
/// its step; a beat with jitter, the jitter; anything else, deltas of deltas.
void encode_timestamps(std::span<const TimestampMs> timestamps_ms, std::string& out);

/// Reads `out.size()` times and holds them to strict order. kCorruption names the byte.
Status decode_timestamps(ByteReader& in, std::span<TimestampMs> out);

}  // namespace weir::store::embedded
