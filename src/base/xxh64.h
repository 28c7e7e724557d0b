#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

/// XXH64 with seed 0, where others have chosen it. Ours is stable_hash.
uint64_t xxh64(std::string_view bytes);

}  // namespace weir
