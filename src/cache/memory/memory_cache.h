#pragma once

#include <memory>

#include "cache/cache.h"
#include "telemetry/metrics.h"

namespace weir::cache::memory {

struct MemoryCacheOptions {
  uint64_t bytes_max = 64u << 20;       ///< Keys, values and bookkeeping; the least recently used go first.
  uint64_t entry_bytes_max = 1u << 20;  ///< Key and value of one entry.
};

/// A cache in this process. Never waits, never fails but for entries that are too large.
std::unique_ptr<Cache> create(const MemoryCacheOptions& options, const os::Clock& clock,
                              telemetry::Registry& registry);

}  // namespace weir::cache::memory
