#include "meta/postgres/tenants.h"

#include <fmt/format.h>

#include "pg/binary.h"

namespace weir::meta::postgres {
namespace {

Result<Tenant> read_tenant(const pg::Rows& rows, size_t row) {
  ASSIGN_OR_RETURN(const int64_t id, pg::as_int8(rows.bytes(row, 0)));
  const std::string_view name = *rows.bytes(row, 1);
  ASSIGN_OR_RETURN(const int64_t created_ms, pg::as_int8(rows.bytes(row, 2)));
  return Tenant{TenantId::from_stored(static_cast<uint64_t>(id)), std::string(name), created_ms};
}

}  // namespace

// Most calls find the tenant. The insertion would spend an id on each of them, and would write.
Result<Tenant> insert_tenant(pg::Connection& connection, std::string_view name, TimestampMs now_ms,
                             Deadline deadline) {
  Result<Tenant> found = select_tenant(connection, name, deadline);
  if (found.ok() || found.error().code != Code::kNotFound) return found;
  RETURN_IF_ERROR(connection.execute(
      "INSERT INTO tenant (name, created_ms) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
      pg::Params().text(name).int8(now_ms).span(), deadline));
  return select_tenant(connection, name, deadline);
}

Result<Tenant> select_tenant(pg::Connection& connection, std::string_view name, Deadline deadline) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.execute("SELECT id, name, created_ms FROM tenant WHERE name = $1",
                                      pg::Params().text(name).span(), deadline));
  if (rows->row_count() == 0) return not_found(fmt::format("tenant {}", name));
  return read_tenant(*rows, 0);
}

Result<std::vector<Tenant>> select_tenants(pg::Connection& connection, Deadline deadline) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.execute("SELECT id, name, created_ms FROM tenant ORDER BY name", {}, deadline));
  std::vector<Tenant> tenants;
  for (size_t row = 0; row < rows->row_count(); ++row) {
    ASSIGN_OR_RETURN(Tenant tenant, read_tenant(*rows, row));
    tenants.push_back(std::move(tenant));
  }
  return tenants;
}

}  // namespace weir::meta::postgres
