#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "meta/meta_store.h"

namespace weir::meta {

/// The documents of a catalogue in memory, for tests of what keeps things there on a simulated disk. It has
/// no tenants and no leases. Safe from any thread.
class MemoryMeta : public MetaStore {
 public:
  /// While true, calls fail; a put has taken effect all the same where `takes_effect`.
  std::atomic<bool> fails{false};
  std::atomic<bool> takes_effect{false};

  Result<Tenant> create_tenant(std::string_view, Deadline) override { return unsupported("no tenants"); }
  Result<Tenant> find_tenant(std::string_view, Deadline) override { return unsupported("no tenants"); }
  Result<std::vector<Tenant>> tenants(Deadline) override { return std::vector<Tenant>(); }

  Result<Document> get(TenantId tenant, std::string_view kind, std::string_view key, Deadline) override {
    std::lock_guard lock(mutex_);
    if (fails) return unavailable("the catalogue is away");
    const auto at = documents_.find(Key(tenant, kind, key));
    if (at == documents_.end()) return not_found("no such document");
    return at->second;
  }
  Result<std::vector<Document>> list(TenantId tenant, std::string_view kind, Deadline) override {
    std::lock_guard lock(mutex_);
    if (fails) return unavailable("the catalogue is away");
    std::vector<Document> found;
    for (const auto& [key, document] : documents_) {
      if (std::get<0>(key) == tenant && std::get<1>(key) == kind) found.push_back(document);
    }
    return found;
  }
  Result<uint64_t> put(TenantId tenant, std::string_view kind, std::string_view key, std::string_view body,
                       std::optional<uint64_t> if_version, Deadline) override {
    std::lock_guard lock(mutex_);
    if (fails && !takes_effect) return unavailable("the catalogue is away");
    const Key place(tenant, kind, key);
    const auto at = documents_.find(place);
    const uint64_t version = at == documents_.end() ? 0 : at->second.version;
    if (if_version && *if_version != version)
      return already_exists(fmt::format("version {} is there, not {}", version, *if_version));
    documents_[place] = {std::string(key), std::string(body), ++versions_, 0};
    if (fails) return unavailable("the catalogue is away");
    return versions_;
  }
  Status erase(TenantId tenant, std::string_view kind, std::string_view key, std::optional<uint64_t>,
               Deadline) override {
    std::lock_guard lock(mutex_);
    if (fails) return unavailable("the catalogue is away");
    return documents_.erase(Key(tenant, kind, key)) > 0 ? ok_status() : Status(not_found("no such document"));
  }
  Result<uint64_t> revision(std::string_view, Deadline) override {
    std::lock_guard lock(mutex_);
    return versions_;
  }

  Result<NamedLease> acquire_lease(std::string_view, std::string_view, os::milliseconds, Deadline) override {
    return unsupported("no leases");
  }
  Status release_lease(std::string_view, std::string_view, Deadline) override {
    return unsupported("no leases");
  }

 private:
  using Key = std::tuple<TenantId, std::string, std::string>;
  std::mutex mutex_;
  std::map<Key, Document> documents_;  // guarded by mutex_, as is what follows
  uint64_t versions_ = 0;
};

}  // namespace weir::meta
