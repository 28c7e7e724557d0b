#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::wire {

/// Decompresses a body of one or more zstd frames (RFC 8878), checksums included. Safe from any thread.
/// Memory never passes `decoded_bytes_max` by more than the decompressor's own context, whatever the body
/// claims. Errors: kInvalidArgument (in the library's words), kResourceExhausted when more than
/// `decoded_bytes_max` bytes come out.
Result<std::string> zstd_decode(std::string_view body, size_t decoded_bytes_max);

/// One zstd frame that declares its size. `level`: 1 (fast) to 19 (small).
std::string zstd_encode(std::string_view bytes, int level);

}  // namespace weir::wire
