#pragma once

#include <string_view>
#include <vector>

#include "meta/meta_store.h"
#include "meta/sqlite/connection.h"

/// The SQL of tenants. Arguments have been validated.
namespace weir::meta::sqlite {

/// Inside a transaction.
Result<Tenant> insert_tenant(Connection& connection, std::string_view name, TimestampMs now_ms);
Result<Tenant> select_tenant(Connection& connection, std::string_view name);
Result<std::vector<Tenant>> select_tenants(Connection& connection);

}  // namespace weir::meta::sqlite
