#include "meta/postgres/leases.h"

#include "meta/lease_claim.h"
#include "pg/binary.h"

namespace weir::meta::postgres {
namespace {

// The lease as it is stored, its row locked until the transaction ends; epoch 0 and no holder when it was
// never taken. The row is made first, because what does not exist cannot be locked.
Result<NamedLease> lock_lease(pg::Connection& connection, std::string_view name, Deadline deadline) {
  const pg::Params params = std::move(pg::Params().text(name));
  RETURN_IF_ERROR(
      connection.execute("INSERT INTO lease (name, holder, epoch, expires_ms) VALUES ($1, '', 0, 0) ON "
                         "CONFLICT (name) DO NOTHING",
                         params.span(), deadline));
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.execute("SELECT holder, epoch, expires_ms FROM lease WHERE name = $1 FOR UPDATE",
                         params.span(), deadline));
  if (rows->row_count() != 1) return internal("catalogue: a lease that was just made is not there");
  const std::string_view holder = *rows->bytes(0, 0);
  ASSIGN_OR_RETURN(const int64_t epoch, pg::as_int8(rows->bytes(0, 1)));
  ASSIGN_OR_RETURN(const int64_t expires_ms, pg::as_int8(rows->bytes(0, 2)));
  return NamedLease{.name = std::string(name),
                    .holder = std::string(holder),
                    .epoch = Epoch(static_cast<uint64_t>(epoch)),
                    .expires_ms = expires_ms};
}

}  // namespace

Result<NamedLease> upsert_lease(pg::Connection& connection, const LeaseRequest& request, TimestampMs now_ms,
                                Deadline deadline) {
  ASSIGN_OR_RETURN(NamedLease before, lock_lease(connection, request.name, deadline));
  ASSIGN_OR_RETURN(const NamedLease lease, claim(std::move(before), request, now_ms));
  pg::Params params;
  params.text(lease.name).bytea(lease.holder).int8(static_cast<int64_t>(lease.epoch.value()));
  RETURN_IF_ERROR(
      connection.execute("UPDATE lease SET holder = $2, epoch = $3, expires_ms = $4 WHERE name = $1",
                         params.int8(lease.expires_ms).span(), deadline));
  return lease;
}

Status clear_lease(pg::Connection& connection, std::string_view name, std::string_view holder,
                   Deadline deadline) {
  RETURN_IF_ERROR(connection.execute("UPDATE lease SET holder = '' WHERE name = $1 AND holder = $2",
                                     pg::Params().text(name).bytea(holder).span(), deadline));
  return {};
}

}  // namespace weir::meta::postgres
