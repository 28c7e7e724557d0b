#include "store/timescale/store_metrics.h"

namespace weir::store::timescale {
namespace {

telemetry::Counter& samples(telemetry::Registry& registry, const char* outcome) {
  return registry.counter("weir_store_samples_total", "Samples applied to the store, by what became of them.",
                          {{"outcome", outcome}});
}

}  // namespace

StoreMetrics::StoreMetrics(telemetry::Registry& registry)
    : appended_(samples(registry, "appended")),
      duplicates_(samples(registry, "duplicate")),
      conflicts_(samples(registry, "conflict")),
      too_old_(samples(registry, "too_old")),
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
  appended_.add(outcome->appended);
  duplicates_.add(outcome->duplicates);
  conflicts_.add(outcome->conflicts);
  too_old_.add(outcome->too_old);
  new_series_.add(outcome->new_series);
}

}  // namespace weir::store::timescale
