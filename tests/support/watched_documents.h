#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "meta/meta_store.h"

namespace weir::meta {

/// A catalogue whose calls on documents are counted and fail when a test wants them to. Safe from any thread;
/// what a test sets it sets while no call is under way.
class WatchedDocuments : public MetaStore {
 public:
  explicit WatchedDocuments(std::unique_ptr<MetaStore> inner) : inner_(std::move(inner)) {}

  /// The same catalogue, unwatched.
  MetaStore& inner() { return *inner_; }

  std::atomic<int> calls{0};         ///< On documents, failed ones included.
  std::atomic<int> puts{0};          ///< That have changed a document.
  std::atomic<int> lists{0};         ///< Listings.
  std::atomic<int> fail_after{-1};   ///< So many more calls work, then all fail; below 0 none does.
  std::string refused_key;           ///< The document that can never be written.
  std::function<void()> before_put;  ///< May block, or change it.

  Result<Tenant> create_tenant(std::string_view name, Deadline deadline) override {
    return inner_->create_tenant(name, deadline);
  }
  Result<Tenant> find_tenant(std::string_view name, Deadline deadline) override {
    return inner_->find_tenant(name, deadline);
  }
  Result<std::vector<Tenant>> tenants(Deadline deadline) override { return inner_->tenants(deadline); }

  Result<Document> get(TenantId tenant, std::string_view kind, std::string_view key,
                       Deadline deadline) override {
    RETURN_IF_ERROR(admit());
    return inner_->get(tenant, kind, key, deadline);
  }
  Result<std::vector<Document>> list(TenantId tenant, std::string_view kind, Deadline deadline) override {
    RETURN_IF_ERROR(admit());
    ++lists;
    return inner_->list(tenant, kind, deadline);
  }
  Result<uint64_t> put(TenantId tenant, std::string_view kind, std::string_view key, std::string_view body,
                       std::optional<uint64_t> if_version, Deadline deadline) override {
    RETURN_IF_ERROR(admit());
    if (key == refused_key) return invalid_argument("never");
    if (const auto hook = before_put) hook();
    auto version = inner_->put(tenant, kind, key, body, if_version, deadline);
    puts += version.ok();
    return version;
  }
  Status erase(TenantId tenant, std::string_view kind, std::string_view key,
               std::optional<uint64_t> if_version, Deadline deadline) override {
    RETURN_IF_ERROR(admit());
    return inner_->erase(tenant, kind, key, if_version, deadline);
  }
  Result<uint64_t> revision(std::string_view kind, Deadline deadline) override {
    RETURN_IF_ERROR(admit());
    return inner_->revision(kind, deadline);
  }

  Result<NamedLease> acquire_lease(std::string_view name, std::string_view holder, os::milliseconds ttl,
                                   Deadline deadline) override {
    return inner_->acquire_lease(name, holder, ttl, deadline);
  }
  Status release_lease(std::string_view name, std::string_view holder, Deadline deadline) override {
    return inner_->release_lease(name, holder, deadline);
  }

 private:
  Status admit() {
    ++calls;
    if (fail_after < 0) return {};
    if (fail_after == 0) return unavailable("the catalogue is away");
    --fail_after;
    return {};
  }

  std::unique_ptr<MetaStore> inner_;
};

}  // namespace weir::meta
