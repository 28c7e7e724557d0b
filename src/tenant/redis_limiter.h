#pragma once

#include <memory>
#include <string>

#include "redis/client.h"
#include "telemetry/metrics.h"
#include "tenant/rate_limiter.h"

namespace weir::tenant {

struct RedisLimiterOptions {
  std::string key_prefix = "weir:rl:";
  /// How long leased tokens live, and how much of the rate a lease may hold: longer asks Redis less often and
  /// shares less evenly.
  os::milliseconds lease{100};
  /// Of each question to Redis.
  os::milliseconds operation_timeout{50};
  /// How often a process says that it lives; one that was silent three times is not counted any more.
  os::milliseconds heartbeat{1'000};
  /// Assumed before Redis has said how many there are, 1 or more.
  uint64_t processes_min = 1;
  size_t buckets_max = 200'000;  ///< As MemoryLimiterOptions.
};

/// A limiter that processes share. The bucket is in Redis, kept by its clock; each process takes a lease of
/// what it uses in about 100 ms and serves calls from it, and what a lease leaves over is lost. After a
/// refusal a process keeps the refusing to itself until tokens can be there, at least 5 ms, so that a tenant
/// over its limit costs Redis at most 200 questions a second and process.
///
/// While Redis is away, each process limits by itself at rate / processes, with the number of processes that
/// it last knew, and asks again every 100 ms, which costs nothing while the client's breaker is open. When
/// Redis has lost its keys, the processes' own knowledge of the bucket is what it continues from.
///
/// A thread keeps the heartbeat. `client`, `clock` (as the client's) and `registry` outlive the limiter.
std::unique_ptr<RateLimiter> create_redis_limiter(const RedisLimiterOptions& options, redis::Client& client,
                                                  os::Clock& clock, telemetry::Registry& registry);

}  // namespace weir::tenant
