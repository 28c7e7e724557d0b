#pragma once

#include "telemetry/metrics.h"

namespace weir::log::embedded {

/// What the journal counts; all of it belongs to the registry.
struct LogMetrics {
  explicit LogMetrics(telemetry::Registry& registry);

  telemetry::Counter& appended_bytes;
  telemetry::Counter& appended_records;
  telemetry::Counter& refused_queue_full;
  telemetry::Counter& refused_disk_full;
  telemetry::Counter& refused_failed;
  telemetry::Counter& corrupt_bytes;
  telemetry::Counter& torn_bytes;
  telemetry::Histogram& sync_duration_seconds;
};

}  // namespace weir::log::embedded
