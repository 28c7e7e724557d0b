#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::wire {

/// Decompresses a body of one or more gzip members (RFC 1952), checksums included. Pure; safe from any
/// thread. Memory never passes `decoded_bytes_max` by more than the decompressor's own few KiB, whatever the
/// body claims. Errors: kInvalidArgument with the byte position of the bad member (trailing bytes count as
/// one), kResourceExhausted when more than `decoded_bytes_max` bytes come out.
Result<std::string> gunzip(std::string_view body, size_t decoded_bytes_max);

/// One gzip member. `level`: 1 (fast) to 12 (small).
std::string gzip(std::string_view bytes, int level);

}  // namespace weir::wire
