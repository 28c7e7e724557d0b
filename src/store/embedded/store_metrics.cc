#include "store/embedded/store_metrics.h"

namespace weir::store::embedded {

StoreMetrics::StoreMetrics(telemetry::Registry& registry)
    : samples(registry),
      cuts(registry.counter("weir_store_cuts_total", "Blocks written from the head.")),
      cut_failures(registry.counter("weir_store_cut_failures_total",
                                    "Attempts to write a block from the head that failed and are repeated.")),
      compactions(registry.counter("weir_store_compactions_total", "Merges of blocks into a larger one.")),
      compaction_failures(
          registry.counter("weir_store_compaction_failures_total", "Merges of blocks that failed.")),
      retired_blocks(registry.counter("weir_store_retired_blocks_total",
                                      "Blocks removed because all is older than retention.")),
      deletions(registry.counter("weir_store_deletions_total", "Deletions by matcher and time range.")),
      corrupt_blocks(registry.counter("weir_store_corrupt_blocks_total",
                                      "Blocks found damaged: set aside when opened, or left out of merges.")),
      scrubbed_bytes(registry.counter("weir_store_scrubbed_bytes_total",
                                      "Bytes of blocks read again to see whether they have decayed.")),
      scrub_passes(
          registry.counter("weir_store_scrub_passes_total", "Times that all blocks were read again.")),
      scrub_failures(registry.counter("weir_store_scrub_failures_total",
                                      "Blocks that could not be read again, each until the next pass.")),
      scrub_progress(
          registry.gauge("weir_store_scrub_progress_ratio",
                         "Part of the blocks' bytes that this pass of the scrubber has behind it.")),
      scrub_last_pass(registry.gauge("weir_store_scrub_last_pass_timestamp_seconds",
                                     "When all blocks had last been read again; 0 until the first time.")),
      cut_seconds(registry.histogram("weir_store_cut_duration_seconds",
                                     "Time to write a block from the head.", telemetry::duration_bounds())),
      compaction_seconds(registry.histogram("weir_store_compaction_duration_seconds", "Time to merge blocks.",
                                            telemetry::duration_bounds())) {}

}  // namespace weir::store::embedded
