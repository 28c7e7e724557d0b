#pragma once

#include "store/sample_counters.h"

namespace weir::store::embedded {

/// The counters and durations of one embedded store. Gauges are read when asked for, by EmbeddedStore.
struct StoreMetrics {
  explicit StoreMetrics(telemetry::Registry& registry);

  SampleCounters samples;
  telemetry::Counter& cuts;
  telemetry::Counter& cut_failures;
  telemetry::Counter& compactions;
  telemetry::Counter& compaction_failures;
  telemetry::Counter& retired_blocks;
  telemetry::Counter& deletions;
  telemetry::Counter& corrupt_blocks;
  telemetry::Counter& scrubbed_bytes;
  telemetry::Counter& scrub_passes;
  telemetry::Counter& scrub_failures;
  telemetry::Gauge& scrub_progress;
  telemetry::Gauge& scrub_last_pass;
  telemetry::Histogram& cut_seconds;
  telemetry::Histogram& compaction_seconds;
};

}  // namespace weir::store::embedded
