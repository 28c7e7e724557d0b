#include "meta/sqlite/leases.h"

#include <fmt/format.h>

namespace weir::meta::sqlite {
namespace {

// The lease as it is stored; epoch 0 and no holder when it was never taken.
Result<NamedLease> select_lease(Connection& connection, std::string_view name) {
  ASSIGN_OR_RETURN(Query query,
                   connection.query("SELECT holder, epoch, expires_ms FROM leases WHERE name = ?"));
  ASSIGN_OR_RETURN(const bool found, query.bind_text(name).step());
  NamedLease lease{.name = std::string(name), .holder = {}};
  if (!found) return lease;
  lease.holder = query.bytes(0);
  lease.epoch = Epoch(query.unsigned_integer(1));
  lease.expires_ms = query.integer(2);
  return lease;
}

}  // namespace

Result<NamedLease> upsert_lease(Connection& connection, const LeaseRequest& request, TimestampMs now_ms) {
  ASSIGN_OR_RETURN(NamedLease lease, select_lease(connection, request.name));
  if (lease.holder != request.holder) {
    if (!lease.holder.empty() && now_ms < lease.expires_ms) {
      return already_exists(fmt::format("lease {}: held by {} for {} ms more", request.name, lease.holder,
                                        lease.expires_ms - now_ms));
    }
    lease.epoch = Epoch(lease.epoch.value() + 1);
    lease.holder = request.holder;
  }
  lease.expires_ms = now_ms + request.ttl.count();
  ASSIGN_OR_RETURN(
      Query query,
      connection.query("REPLACE INTO leases (name, holder, epoch, expires_ms) VALUES (?, ?, ?, ?)"));
  query.bind_text(lease.name).bind_text(lease.holder).bind(lease.epoch.value()).bind(lease.expires_ms);
  RETURN_IF_ERROR(query.run());
  return lease;
}

Status clear_lease(Connection& connection, std::string_view name, std::string_view holder) {
  ASSIGN_OR_RETURN(Query query,
                   connection.query("UPDATE leases SET holder = '' WHERE name = ? AND holder = ?"));
  return query.bind_text(name).bind_text(holder).run();
}

}  // namespace weir::meta::sqlite
