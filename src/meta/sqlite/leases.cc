#include "meta/sqlite/leases.h"

#include "meta/lease_claim.h"

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
  ASSIGN_OR_RETURN(NamedLease before, select_lease(connection, request.name));
  ASSIGN_OR_RETURN(const NamedLease lease, claim(std::move(before), request, now_ms));
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
