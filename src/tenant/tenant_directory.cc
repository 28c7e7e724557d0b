#include "tenant/tenant_directory.h"

#include <mutex>
#include <vector>

#include <fmt/format.h>

namespace weir::tenant {

TenantDirectory::TenantDirectory(meta::MetaStore& meta, TenantDirectoryOptions options)
    : meta_(meta), options_(options) {
  CHECK(options_.names_max >= 1, "a directory that can remember a name");
}

Status TenantDirectory::load(Deadline deadline) {
  ASSIGN_OR_RETURN(const std::vector<meta::Tenant> tenants, meta_.tenants(deadline));
  for (const meta::Tenant& tenant : tenants) remember(tenant.name, tenant.id);
  return {};
}

std::optional<TenantId> TenantDirectory::cached(std::string_view name) const {
  std::shared_lock lock(mutex_);
  const auto found = ids_.find(name);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<TenantId>> TenantDirectory::find(std::string_view name, Deadline deadline) {
  if (const auto id = cached(name)) return id;
  const Result<meta::Tenant> tenant = meta_.find_tenant(name, deadline);
  if (!tenant.ok()) {
    if (tenant.error().code == Code::kNotFound) return std::optional<TenantId>();
    return tenant.error();
  }
  remember(name, tenant->id);
  return std::optional(tenant->id);
}

Result<TenantId> TenantDirectory::find_or_create(std::string_view name, Deadline deadline) {
  if (const auto id = cached(name)) return *id;
  ASSIGN_OR_RETURN(const meta::Tenant tenant, meta_.create_tenant(name, deadline));
  remember(name, tenant.id);
  return tenant.id;
}

std::string TenantDirectory::name_of(TenantId id) const {
  std::shared_lock lock(mutex_);
  const auto found = names_.find(id);
  return found == names_.end() ? fmt::format("#{}", id.value()) : found->second;
}

void TenantDirectory::remember(std::string_view name, TenantId id) {
  std::unique_lock lock(mutex_);
  if (ids_.contains(name)) return;
  if (ids_.size() >= options_.names_max) {
    const auto forgotten = ids_.begin();
    names_.erase(forgotten->second);
    ids_.erase(forgotten);
  }
  ids_.emplace(name, id);
  names_.emplace(id, name);
}

}  // namespace weir::tenant
