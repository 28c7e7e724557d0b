#pragma once

#include <memory>

#include "cache/cache.h"
#include "redis/client.h"

namespace weir::cache::redis {

struct RedisCacheOptions {
  uint64_t entry_bytes_max = 1u << 20;     ///< Key and value of one entry.
  os::milliseconds operation_timeout{50};  ///< Of each operation, whatever the caller's deadline.
};

/// A cache in Redis, shared by processes. A value is kept with its tenant and full key and both are compared
/// when it is read. `client` outlives the cache. Never waits longer than `operation_timeout`.
std::unique_ptr<Cache> create(const RedisCacheOptions& options, weir::redis::Client& client, os::Clock& clock,
                              telemetry::Registry& registry);

}  // namespace weir::cache::redis
