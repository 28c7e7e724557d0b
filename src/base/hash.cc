#include "base/hash.h"

#include <xxhash.h>

namespace weir {

uint64_t stable_hash(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace weir
