#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "model/tenant_id.h"
#include "os/clock.h"

namespace weir::tenant {

/// How much of something a tenant may do.
struct Rate {
  uint64_t per_second = 0;  ///< 1 or more.
  uint64_t burst = 0;       ///< At once, 1 or more; about `per_second` is usual.
};

/// What a limiter said.
struct Allowance {
  bool allowed = false;
  uint64_t remaining = 0;  ///< Of the burst, afterwards.
  os::milliseconds retry_after{
      0};  ///< When not allowed: until the same cost can be. Zero: never, it exceeds the burst.
};

/// Limits each tenant's use of each dimension ("samples", "requests") by GCRA, the generic cell rate
/// algorithm (ITU-T I.371). Implementations: `tenant/memory_limiter` for one process and
/// `tenant/redis_limiter` for several, which takes tokens in leases so that most calls stay local, and limits
/// by itself at rate / processes while Redis is away: never unlimited. tests/contract/rate_limiter_contract.h
/// holds both to this page. Safe from any thread. Waits at most 50 ms, and only where it must ask another
/// process.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;

  /// Takes `cost` of the tenant's allowance if all of it is there, nothing otherwise. `dimension`: a short
  /// name of a few, from code. `rate` may change from call to call. A cost of 0 takes nothing and is allowed.
  virtual Allowance take(TenantId tenant, std::string_view dimension, const Rate& rate, uint64_t cost) = 0;
};

}  // namespace weir::tenant
