#pragma once

#include "meta/limits.h"
#include "meta/meta_store.h"

namespace weir::meta {

/// The lease as it is after `request` at `now_ms`, by the rules of `MetaStore::acquire_lease`: renewed under
/// its epoch by its holder, under a larger one for anybody else once it is free or over. kAlreadyExists while
/// another holds it.
Result<NamedLease> claim(NamedLease lease, const LeaseRequest& request, TimestampMs now_ms);

}  // namespace weir::meta
