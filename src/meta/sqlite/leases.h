#pragma once

#include <string_view>

#include "meta/limits.h"
#include "meta/meta_store.h"
#include "meta/sqlite/connection.h"

/// The SQL of leases. Arguments have been validated; all calls are inside a transaction.
namespace weir::meta::sqlite {

Result<NamedLease> upsert_lease(Connection& connection, const LeaseRequest& request, TimestampMs now_ms);
Status clear_lease(Connection& connection, std::string_view name, std::string_view holder);

}  // namespace weir::meta::sqlite
