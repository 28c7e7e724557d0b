#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "model/tenant_id.h"
#include "os/clock.h"

/// The catalogue: tenants, and small documents that belong to them (keys, limits, rules, silences,
/// dashboards), and leases. Implementations: `meta/sqlite` and, shared by several processes, a database
/// server. tests/contract/meta_contract.h holds all of them to this page.
namespace weir::meta {

struct Tenant {
  TenantId id;
  std::string name;  ///< 1 to 150 characters of A-Z a-z 0-9 ! - _ . * ' ( ), not "." or "..".
  TimestampMs created_ms = 0;
};

/// A versioned document. `kind` and `key`: 1 to 200 bytes of [a-z0-9_./-]; `body`: up to 1 MiB of any bytes.
struct Document {
  std::string key;
  std::string body;
  uint64_t version =
      0;  ///< Grows with every change of this document; never repeats for a key, even after erasing it.
  TimestampMs updated_ms = 0;
};

/// A named right that one process holds at a time.
struct NamedLease {
  std::string name;
  std::string holder;
  Epoch epoch{0};  ///< Larger with each change of holder.
  TimestampMs expires_ms = 0;
};

/// `Tenant::name` rules; the message names the character and the limit.
Status validate_tenant_name(std::string_view name);

/// Durable before it returns (a crash of the machine right after loses nothing). Calls may block on a disk or
/// a server until `deadline`; run them on a worker, never on an event loop. Safe from any thread and from
/// several processes. Errors of every call: kInvalidArgument (names, kinds, keys, bodies beyond the rules of
/// this page), kUnavailable, kDeadlineExceeded (retryable), kIo, kCorruption.
class MetaStore {
 public:
  virtual ~MetaStore() = default;

  /// The tenant of that name, created if it is new. Concurrent calls agree on one id; ids are never used
  /// again.
  virtual Result<Tenant> create_tenant(std::string_view name, Deadline deadline) = 0;
  /// kNotFound when there is none.
  virtual Result<Tenant> find_tenant(std::string_view name, Deadline deadline) = 0;
  /// All tenants by name.
  virtual Result<std::vector<Tenant>> tenants(Deadline deadline) = 0;

  /// kNotFound when absent, or another tenant's.
  virtual Result<Document> get(TenantId tenant, std::string_view kind, std::string_view key,
                               Deadline deadline) = 0;
  /// All documents of a kind by key.
  virtual Result<std::vector<Document>> list(TenantId tenant, std::string_view kind, Deadline deadline) = 0;
  /// Writes a document and returns its new version. `if_version`: 0 means that it must not exist, absent
  /// means any; otherwise kAlreadyExists, and the message says which version is there.
  virtual Result<uint64_t> put(TenantId tenant, std::string_view kind, std::string_view key,
                               std::string_view body, std::optional<uint64_t> if_version,
                               Deadline deadline) = 0;
  /// kNotFound when absent, kAlreadyExists when `if_version` does not match.
  virtual Status erase(TenantId tenant, std::string_view kind, std::string_view key,
                       std::optional<uint64_t> if_version, Deadline deadline) = 0;
  /// A number that grows with every change of any document of `kind` by any process: poll it to see changes.
  virtual Result<uint64_t> revision(std::string_view kind, Deadline deadline) = 0;

  /// Takes or renews the lease `name` (spelled as a document's key) for `holder` (1 to 200 bytes) until now +
  /// `ttl` (1 ms to 24 h) by the wall time of this store's clock. Renewal keeps the epoch, also when it comes
  /// late and nobody took the lease in between; any other holder, and anybody after a release, gets a larger
  /// one. kAlreadyExists when somebody else holds it.
  virtual Result<NamedLease> acquire_lease(std::string_view name, std::string_view holder,
                                           os::milliseconds ttl, Deadline deadline) = 0;
  /// Gives the lease up early; success when it is not held by `holder` any more.
  virtual Status release_lease(std::string_view name, std::string_view holder, Deadline deadline) = 0;
};

}  // namespace weir::meta
