#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "store/store.h"
#include "stream/dead_letters.h"
#include "telemetry/metrics.h"
#include "wire/record_codec.h"

namespace weir::stream {

/// Samples that came when the store's retention had passed them: they are kept among the dead letters, with
/// the reason, and can be sent again once the retention is longer. A tenant that sends many of them has a
/// part kept; all are counted, by tenant, as `weir_late_table_samples_total` and
/// `weir_late_table_dropped_samples_total`. Safe from any thread.
class LateTable {
 public:
  struct Options {
    uint64_t bytes_per_second = 1 << 20;  ///< Of one tenant; it may have saved up ten seconds of them.
    size_t tenants_max = 1'000;           ///< That have counters of their own.
  };
  struct Parts {
    DeadLetters& dead_letters;
    const wire::RecordCodec& codec;
    os::Clock& clock;
    telemetry::Registry& registry;
    /// The oldest time of a tenant's samples that the store keeps; nullopt when it keeps any.
    std::function<std::optional<TimestampMs>(TenantId tenant)> oldest_ms;
  };
  LateTable(const Options& options, const Parts& parts) : options_(options), parts_(parts) {}

  /// Looks at a record before it is applied. What it keeps is durable before it returns. Errors: those of
  /// DeadLetters::put.
  Status look_at(PartitionId partition, const store::AppliedRecord& record, Deadline deadline);

 private:
  struct Tenant {
    double bytes_left = 0;
    os::SteadyTime counted;
    telemetry::Counter* kept = nullptr;
    telemetry::Counter* dropped = nullptr;
  };
  bool take(TenantId tenant, uint64_t bytes, uint64_t samples);
  void name(TenantId tenant, Tenant& state);

  const Options options_;
  const Parts parts_;
  std::mutex mutex_;
  std::map<TenantId, Tenant> tenants_;  // guarded by mutex_
};

}  // namespace weir::stream
