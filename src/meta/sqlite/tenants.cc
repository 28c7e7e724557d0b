#include "meta/sqlite/tenants.h"

#include <fmt/format.h>

namespace weir::meta::sqlite {
namespace {

Tenant read_tenant(const Query& row) {
  return {TenantId::from_stored(row.unsigned_integer(0)), row.bytes(1), row.integer(2)};
}

}  // namespace

Result<Tenant> insert_tenant(Connection& connection, std::string_view name, TimestampMs now_ms) {
  // AUTOINCREMENT never gives an id out again, even after the row with the largest one is gone.
  ASSIGN_OR_RETURN(Query query, connection.query("INSERT INTO tenants (name, created_ms) VALUES (?, ?)"
                                                 " ON CONFLICT (name) DO NOTHING"));
  RETURN_IF_ERROR(query.bind_text(name).bind(now_ms).run());
  return select_tenant(connection, name);
}

Result<Tenant> select_tenant(Connection& connection, std::string_view name) {
  ASSIGN_OR_RETURN(Query query, connection.query("SELECT id, name, created_ms FROM tenants WHERE name = ?"));
  ASSIGN_OR_RETURN(const bool found, query.bind_text(name).step());
  if (!found) return not_found(fmt::format("tenant {}", name));
  return read_tenant(query);
}

Result<std::vector<Tenant>> select_tenants(Connection& connection) {
  ASSIGN_OR_RETURN(Query query, connection.query("SELECT id, name, created_ms FROM tenants ORDER BY name"));
  std::vector<Tenant> tenants;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, query.step());
    if (!more) return tenants;
    tenants.push_back(read_tenant(query));
  }
}

}  // namespace weir::meta::sqlite
