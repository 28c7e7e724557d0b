#include "store/timescale/store_metrics.h"

namespace weir::store::timescale {

StoreMetrics::StoreMetrics(telemetry::Registry& registry)
    : samples_(registry),
      new_series_(
          registry.counter("weir_store_new_series_total", "Series that the database did not have before.")),
      failures_(registry.counter("weir_store_commit_failures_total", "Commits that failed.")),
      seconds_(registry.histogram("weir_store_commit_duration_seconds", "Time of commits at the database.",
                                  telemetry::duration_bounds())),
      aggregate_buckets_read_(registry.counter(
          "weir_store_aggregate_buckets_read_total",
          "Hours of a series that queries read from a continuous aggregate instead of from samples.")) {}

void StoreMetrics::count(const Result<CommitReport>& outcome, double seconds) {
  seconds_.observe(seconds);
  if (!outcome.ok()) return failures_.add();
  samples_.count(*outcome);
  new_series_.add(outcome->new_series);
}

}  // namespace weir::store::timescale
