#pragma once

#include <string_view>
#include <vector>

#include "meta/meta_store.h"
#include "pg/connection.h"

namespace weir::meta::postgres {

/// The tenant of that name, inserted if there is none. Outside a transaction.
Result<Tenant> insert_tenant(pg::Connection& connection, std::string_view name, TimestampMs now_ms,
                             Deadline deadline);
/// kNotFound when there is none.
Result<Tenant> select_tenant(pg::Connection& connection, std::string_view name, Deadline deadline);
/// All, by name.
Result<std::vector<Tenant>> select_tenants(pg::Connection& connection, Deadline deadline);

}  // namespace weir::meta::postgres
