#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/ids.h"
#include "log/log.h"
#include "model/tenant_id.h"
#include "os/clock.h"
#include "telemetry/metrics.h"

namespace weir::stream {

struct TenantLag {
  TenantId tenant;  ///< TenantId::nobody() stands for all tenants beyond the bound.
  uint64_t waiting_records = 0;
  double seconds = 0;
};

/// How far each tenant's data is behind, from the append of a record until queries see it, as the partitions
/// of this process find it: while records of a tenant are in a partition's hands, the age of the oldest;
/// after that, for `kRemembered`, what the last ones took; else 0. What still lies in the log unread is not
/// counted, so a partition's own lag goes with this figure. Exported as `weir_processor_tenant_lag_seconds`,
/// for so many tenants at most. Safe from any thread.
class TenantLags {
 public:
  static constexpr size_t kTenantsMax = 1'000;
  static constexpr os::milliseconds kRemembered{30'000};

  /// Both outlive this object.
  TenantLags(const os::Clock& clock, telemetry::Registry& registry, size_t tenants_max = kTenantsMax);

  /// `partition` has read these records and will apply them next.
  void read(PartitionId partition, std::span<const log::Record> records);
  /// What `partition` had read is applied.
  void applied(PartitionId partition);
  /// `partition` is another process's now, and so is what it had read.
  void dropped(PartitionId partition);

  /// Of every tenant seen so far.
  std::vector<TenantLag> status() const;

 private:
  /// A tenant's records in the hands of one partition.
  struct Waiting {
    TimestampMs oldest_ms;
    uint64_t records = 0;
  };
  struct Tenant {
    double last_seconds = 0;
    os::SteadyTime last_applied;
    std::unique_ptr<telemetry::Registry::Handle> gauge;
  };

  /// The tenant under whose name this one is counted.
  TenantId counted_as(TenantId tenant) const;
  TenantLag lag_of(TenantId tenant) const;
  void export_gauge(TenantId tenant);

  const os::Clock& clock_;
  telemetry::Registry& registry_;
  const size_t tenants_max_;
  mutable std::mutex mutex_;
  std::map<PartitionId, absl::flat_hash_map<TenantId, Waiting>> waiting_;  // guarded by mutex_, as all below
  std::map<TenantId, Tenant> tenants_;
};

}  // namespace weir::stream
