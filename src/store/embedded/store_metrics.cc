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
      cut_seconds(registry.histogram("weir_store_cut_duration_seconds",
                                     "Time to write a block from the head.", telemetry::duration_bounds())),
      compaction_seconds(registry.histogram("weir_store_compaction_duration_seconds", "Time to merge blocks.",
                                            telemetry::duration_bounds())) {}

}  // namespace weir::store::embedded
