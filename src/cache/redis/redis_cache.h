#pragma once

#include <memory>

#include "cache/cache.h"
#include "redis/client.h"

namespace weir::cache::redis {

struct RedisCacheOptions {
  uint64_t entry_bytes_max = 1u << 20;     ///< Key and value of one entry.
  os::milliseconds operation_timeout{50};  ///< Of each operation, whatever the caller's deadline.
};

/// A cache in Redis, shared by processes. A value is kept with its tenant and full key, and both are compared
/// when it is read: an entry of anybody else that got to the same place reads as absent. Never waits longer
/// than `operation_timeout`. `client`, `clock` and `registry` outlive the cache.
///
/// Time to live: Redis counts it (PX, by its own wall clock). The cache that put an entry also counts by its
/// steady clock, and takes it as expired when the first of the two says so; other processes have only Redis'
/// word. Times to live above a year are cut to a year. Any error of Redis but a passed deadline is
/// kUnavailable here: go on without.
std::unique_ptr<Cache> create(const RedisCacheOptions& options, weir::redis::Client& client, os::Clock& clock,
                              telemetry::Registry& registry);

}  // namespace weir::cache::redis
