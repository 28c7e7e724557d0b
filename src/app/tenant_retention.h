#pragma once

#include <memory>

#include "config/config.h"
#include "meta/meta_store.h"
#include "store/retention.h"

namespace weir::app {

/// The longest that any tenant's samples are kept; 0 when some are kept for ever.
os::milliseconds longest_retention(const config::StorageConfig& storage);

/// The retention that the configuration gives each tenant. Names become ids here, once: tenants that are not
/// there yet are created, so that one that is first written to later has its retention from its first sample
/// on. Errors: those of `meta::MetaStore::create_tenant`.
Result<std::unique_ptr<store::TenantRetention>> configured_retention(const config::StorageConfig& storage,
                                                                     meta::MetaStore& meta,
                                                                     Deadline deadline);

}  // namespace weir::app
