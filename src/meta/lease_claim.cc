#include "meta/lease_claim.h"

#include <fmt/format.h>

namespace weir::meta {

Result<NamedLease> claim(NamedLease lease, const LeaseRequest& request, TimestampMs now_ms) {
  if (lease.holder != request.holder) {
    if (!lease.holder.empty() && now_ms < lease.expires_ms) {
      return already_exists(fmt::format("lease {}: held by {} for {} ms more", request.name, lease.holder,
                                        lease.expires_ms - now_ms));
    }
    lease.epoch = Epoch(lease.epoch.value() + 1);
    lease.holder = request.holder;
  }
  lease.expires_ms = now_ms + request.ttl.count();
  return lease;
}

}  // namespace weir::meta
