#pragma once

#include <algorithm>
#include <mutex>

#include <absl/container/flat_hash_map.h>

#include "model/tenant_id.h"
#include "model/time_range.h"

namespace weir::store::embedded {

/// How often each tenant's samples were erased in this process, for fingerprints. Safe from any thread.
class ErasureVersions {
 public:
  void touch(TenantId tenant, const TimeRange& range) {
    std::lock_guard lock(mutex_);
    const auto [at, first] = tenants_.try_emplace(tenant, Erased{0, range});
    Erased& erased = at->second;
    ++erased.count;
    erased.hull = {std::min(erased.hull.mint_ms, range.mint_ms),
                   std::max(erased.hull.maxt_ms, range.maxt_ms)};
  }
  /// It never falls, and rises with every erasure that overlaps the range: the same answer twice means that
  /// there was none in between. One elsewhere may change it, too.
  uint64_t newest(TenantId tenant, const TimeRange& range) const {
    std::lock_guard lock(mutex_);
    const auto at = tenants_.find(tenant);
    return at == tenants_.end() || !at->second.hull.overlaps(range) ? 0 : at->second.count;
  }

 private:
  struct Erased {
    uint64_t count;
    TimeRange hull;
  };
  mutable std::mutex mutex_;
  absl::flat_hash_map<TenantId, Erased> tenants_;
};

}  // namespace weir::store::embedded
