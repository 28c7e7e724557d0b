#pragma once

#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_map.h>

#include "base/hash.h"
#include "base/result.h"
#include "meta/meta_store.h"
#include "model/tenant_id.h"

namespace weir::tenant {

/// The tenant of requests that name none, in the single-user mode on loopback.
inline constexpr std::string_view kDefaultTenantName = "default";

struct TenantDirectoryOptions {
  /// Tenants remembered, about 200 bytes each; at least 1. Beyond it an arbitrary one is forgotten, and costs
  /// a read of the catalogue when it comes back.
  size_t names_max = 100'000;
};

/// Tenant names to ids, remembered so that a request of a known tenant costs no read of the catalogue. A name
/// keeps its id for ever, so what is remembered never goes stale; that a tenant is missing is not remembered,
/// because another process may create it. Safe from any thread; no lock is held while the catalogue is asked.
class TenantDirectory {
 public:
  /// `meta` outlives the directory.
  explicit TenantDirectory(meta::MetaStore& meta, TenantDirectoryOptions options = {});

  /// Remembers the tenants that exist, as many as fit. Call once at start; without it the directory only
  /// begins colder.
  Status load(Deadline deadline);

  /// The id of a tenant that is remembered. Never waits, so an event loop may call it; nothing means "ask
  /// `find`".
  std::optional<TenantId> cached(std::string_view name) const;

  /// The tenant's id, or nothing when no such tenant exists. May wait for the catalogue until `deadline`.
  /// Errors: kInvalidArgument (not a tenant name), and those of `meta::MetaStore`.
  Result<std::optional<TenantId>> find(std::string_view name, Deadline deadline);

  /// As `find`, but creates the tenant if it is new: for the first write. Concurrent calls agree on one id.
  Result<TenantId> find_or_create(std::string_view name, Deadline deadline);

  /// The tenant's name for messages and metrics, or `#17` when it is not remembered. Never waits.
  std::string name_of(TenantId id) const;

 private:
  // Lets the map be asked with a view of a name.
  struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return stable_hash(name); }
  };

  void remember(std::string_view name, TenantId id);

  meta::MetaStore& meta_;
  const TenantDirectoryOptions options_;
  mutable std::shared_mutex mutex_;
  absl::flat_hash_map<std::string, TenantId, NameHash, std::equal_to<>> ids_;  // guarded by mutex_
  absl::flat_hash_map<TenantId, std::string> names_;  // guarded by mutex_; the same pairs the other way round
};

}  // namespace weir::tenant
