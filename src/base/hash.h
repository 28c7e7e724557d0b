#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

/// XXH3 64-bit hash. Stable across processes and versions, so it may decide placement and go to disk.
uint64_t stable_hash(std::string_view bytes, uint64_t seed = 0);

}  // namespace weir
