#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::wire {

/// Decompresses a snappy block into the front of `scratch`, which only ever grows, and returns the view of
/// it. `slack` more bytes behind the view may be read and hold anything. Pure; safe from any thread. Errors:
/// kInvalidArgument (not a snappy block), kResourceExhausted (declares more than `decoded_bytes_max`); both
/// are found before anything is allocated, unless the block is damaged inside.
Result<std::string_view> snappy_decode(std::string_view body, size_t decoded_bytes_max, size_t slack,
                                       std::string& scratch);

/// Appends `bytes` as a snappy block to `out`.
void snappy_encode(std::string_view bytes, std::string& out);

}  // namespace weir::wire
