#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "app/applied_log.h"
#include "ingest/ingester.h"
#include "stream/processor.h"
#include "telemetry/metrics.h"

namespace weir::app {

/// Up to which event time the samples of each tenant can be expected to be there: up to when the log is
/// applied, less how late the tenant's samples come. What rules make does not count: it comes after what it
/// is made of, and would have them wait for themselves. Exported as `weir_watermark_seconds`, for the first
/// 1,000 tenants that are asked for. Safe from any thread.
class Watermark {
 public:
  struct Parts {
    log::Log& log;
    store::Store& store;
    const os::Clock& clock;
    telemetry::Registry& registry;
    const stream::Processor* processor;  ///< Null in a process that does not apply the log.
    const ingest::Ingester* writes;      ///< What clients write by; null in a process that takes no writes.
  };
  static constexpr size_t kTenantsMax = 1'000;

  /// All outlives it.
  explicit Watermark(const Parts& parts) : parts_(parts), applied_(parts.log, parts.store, parts.clock) {}

  /// nullopt while it is not known, as in the first moments of a process. May wait for the log and the store
  /// where another process applies the log.
  std::optional<TimestampMs> of(TenantId tenant);

 private:
  std::optional<TimestampMs> find(TenantId tenant);
  void export_gauge(TenantId tenant);

  const Parts parts_;
  AppliedLog applied_;
  std::mutex mutex_;
  std::map<TenantId, std::unique_ptr<telemetry::Registry::Handle>> gauges_;  // guarded by mutex_
};

}  // namespace weir::app
