#pragma once

#include <span>
#include <string>

#include "base/bytes.h"

namespace weir::store::embedded {

/// Codes doubles that are decimals of up to 9 places: each is kept as the integer n with value == n /
/// 10^places, and the integers go through the integer codec. Software that computes n * 0.001 or n / 1000 /
/// 1000 lands beside the nearest double of the decimal it means, so up to 2 units in the last place of
/// difference are kept in a second column. After Afroozeh et al., "ALP: Adaptive Lossless Floating-Point
/// Compression", SIGMOD 2023; ours divides, and corrects instead of keeping exceptions. Appends nothing and
/// returns false when a value is no such decimal (NaN, infinity and -0.0 never are).
bool encode_decimals(std::span<const double> values, std::string& out);

/// Reads `out.size()` values (1 to kIntegersMax). kCorruption names the byte.
Status decode_decimals(ByteReader& in, std::span<double> out);

}  // namespace weir::store::embedded
