#include "log/embedded/log_metrics.h"

namespace weir::log::embedded {
namespace {

telemetry::Counter& refused(telemetry::Registry& registry, std::string reason) {
  return registry.counter("weir_log_refused_appends_total", "Appends that the log did not take, by reason.",
                          {{"reason", std::move(reason)}});
}

}  // namespace

LogMetrics::LogMetrics(telemetry::Registry& registry)
    : appended_bytes(registry.counter("weir_log_appended_bytes_total", "Bytes of frames made durable.")),
      appended_records(registry.counter("weir_log_appended_records_total", "Records made durable.")),
      refused_queue_full(refused(registry, "queue_full")),
      refused_disk_full(refused(registry, "disk_full")),
      refused_failed(refused(registry, "failed")),
      corrupt_bytes(
          registry.counter("weir_log_corrupt_bytes_total",
                           "Bytes that recovery found damaged and set aside; their records are lost.")),
      torn_bytes(
          registry.counter("weir_log_torn_bytes_total", "Bytes of unacknowledged tail that recovery cut.")),
      sync_duration_seconds(registry.histogram("weir_log_sync_duration_seconds",
                                               "Duration of the fdatasync of a commit.",
                                               telemetry::duration_bounds())) {}

}  // namespace weir::log::embedded
