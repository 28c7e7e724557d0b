#pragma once

#include <string>

#include "ingest/ingester.h"
#include "log/log.h"
#include "model/limits.h"
#include "os/clock.h"
#include "store/store.h"
#include "wire/record_codec.h"

namespace weir::app {

/// Writes series that Weir makes by itself, of rules and of aggregations, through the log as any client does.
/// They do not count among what tells how late a tenant's samples come. Safe from any thread.
class SeriesWriter {
 public:
  struct Parts {
    const char* area;      ///< For the logger: who writes.
    const Limits& limits;  ///< Of every tenant.
    log::Log& log;
    const wire::RecordCodec& codec;
    store::Store& store;
    os::Clock& clock;
    telemetry::Registry& registry;
  };
  /// What the parts have outlives it.
  explicit SeriesWriter(const Parts& parts)
      : parts_(parts), ingester_(parts.log, parts.codec, parts.clock, parts.registry) {}

  /// The samples are durable and visible to queries before it returns. Those that the tenant's limits refuse
  /// are logged and lost: they would be refused again. Errors: those of `Ingester::write`, and
  /// kDeadlineExceeded after 10 s.
  Status write(TenantId tenant, const Batch& samples);

 private:
  Status wait_until_visible(const std::vector<log::Position>& positions, Deadline deadline) const;

  const Parts parts_;
  ingest::Ingester ingester_;
};

}  // namespace weir::app
