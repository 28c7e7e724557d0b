#pragma once

#include <string_view>

#include "meta/limits.h"
#include "meta/meta_store.h"
#include "pg/connection.h"

namespace weir::meta::postgres {

/// Takes or renews a lease. Inside a transaction. kAlreadyExists when somebody else holds it.
Result<NamedLease> upsert_lease(pg::Connection& connection, const LeaseRequest& request, TimestampMs now_ms,
                                Deadline deadline);
/// Success also when `holder` does not hold it.
Status clear_lease(pg::Connection& connection, std::string_view name, std::string_view holder,
                   Deadline deadline);

}  // namespace weir::meta::postgres
