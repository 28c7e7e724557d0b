#pragma once

#include <memory>

#include "tenant/rate_limiter.h"

namespace weir::tenant {

struct MemoryLimiterOptions {
  /// Tenants times dimensions in use at once, about 80 bytes each. When all places are taken, a new tenant is
  /// refused and told to come back in a second.
  size_t buckets_max = 200'000;
};

/// A limiter for one process, by `clock`'s steady time. Never waits.
std::unique_ptr<RateLimiter> create_memory_limiter(const MemoryLimiterOptions& options,
                                                   const os::Clock& clock);

}  // namespace weir::tenant
