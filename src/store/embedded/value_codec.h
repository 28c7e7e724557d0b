#pragma once

#include <span>
#include <string>

#include "base/bytes.h"

namespace weir::store::embedded {

/// Appends 1 to kIntegersMax values in the smallest of the codecs, bit for bit. Values that are no numbers
/// (stale markers, infinities) stand aside when they are few, so that they do not spoil a column of good
/// ones.
void encode_values(std::span<const double> values, std::string& out);

/// Reads `out.size()` values and the rest of `in`. kCorruption names the byte.
Status decode_values(ByteReader& in, std::span<double> out);

}  // namespace weir::store::embedded
