#include "store/embedded/number_table.h"

#include "os/random.h"

namespace weir::store::embedded {

// Odd, so that different tags stay different.
uint32_t NumberTable::random_factor() {
  static const auto factor = static_cast<uint32_t>(os::random_seed() >> 32) | 1;
  return factor;
}

}  // namespace weir::store::embedded
