#include "app/tenant_retention.h"

#include <algorithm>

#include <absl/container/flat_hash_map.h>

namespace weir::app {
namespace {

/// Never changes.
class ConfiguredRetention : public store::TenantRetention {
 public:
  using Tenants = absl::flat_hash_map<TenantId, os::milliseconds>;
  ConfiguredRetention(os::milliseconds others, Tenants tenants)
      : others_(others), tenants_(std::move(tenants)) {}

  os::milliseconds of(TenantId tenant) const override {
    const auto at = tenants_.find(tenant);
    return at == tenants_.end() ? others_ : at->second;
  }
  uint64_t version() const override { return 0; }

 private:
  const os::milliseconds others_;
  const Tenants tenants_;
};

}  // namespace

os::milliseconds longest_retention(const config::StorageConfig& storage) {
  os::milliseconds longest = storage.retention;
  for (const auto& [name, kept] : storage.tenant_retention) {
    const bool for_ever = longest.count() == 0 || kept.count() == 0;
    longest = for_ever ? os::milliseconds(0) : std::max(longest, kept);
  }
  return longest;
}

Result<std::unique_ptr<store::TenantRetention>> configured_retention(const config::StorageConfig& storage,
                                                                     meta::MetaStore& meta,
                                                                     Deadline deadline) {
  ConfiguredRetention::Tenants tenants;
  for (const auto& [name, kept] : storage.tenant_retention) {
    ASSIGN_OR_RETURN(const meta::Tenant tenant, meta.create_tenant(name, deadline));
    tenants.emplace(tenant.id, kept);
  }
  return std::unique_ptr<store::TenantRetention>(
      std::make_unique<ConfiguredRetention>(storage.retention, std::move(tenants)));
}

}  // namespace weir::app
