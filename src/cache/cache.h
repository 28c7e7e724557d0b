#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/tenant_id.h"
#include "os/clock.h"

namespace weir::cache {

/// Bytes by key with a time to live. A cache may forget anything at any time and is never the truth; a caller
/// that meets an error goes on without it. Keys of different tenants never meet. Implementations:
/// `cache/memory` and, shared by several processes, a cache server. tests/contract/cache_contract.h holds all
/// of them to this page. Safe from any thread.
class Cache {
 public:
  virtual ~Cache() = default;

  /// The value, or nothing when it is absent or expired. Waits at most until `deadline`.
  /// Errors: kUnavailable, kDeadlineExceeded (both mean: go on without).
  virtual Result<std::optional<std::string>> get(TenantId tenant, std::string_view key,
                                                 Deadline deadline) = 0;

  /// Keeps `value` for `ttl` unless space is needed. kResourceExhausted when key and value exceed
  /// `entry_bytes_max`, kInvalidArgument for a `ttl` below 1 ms.
  virtual Status put(TenantId tenant, std::string_view key, std::string_view value, os::milliseconds ttl,
                     Deadline deadline) = 0;

  /// Removes a key; absent is success.
  virtual Status erase(TenantId tenant, std::string_view key, Deadline deadline) = 0;
};

}  // namespace weir::cache
