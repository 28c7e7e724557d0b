#include "store/sample_counters.h"

namespace weir::store {
namespace {

telemetry::Counter& samples(telemetry::Registry& registry, const char* outcome) {
  return registry.counter("weir_store_samples_total", "Samples applied to the store, by what became of them.",
                          {{"outcome", outcome}});
}

}  // namespace

SampleCounters::SampleCounters(telemetry::Registry& registry)
    : appended_(samples(registry, "appended")),
      duplicates_(samples(registry, "duplicate")),
      conflicts_(samples(registry, "conflict")),
      too_old_(samples(registry, "too_old")),
      exemplars_(registry.counter("weir_store_exemplars_total", "Exemplars stored.")),
      dropped_exemplars_(registry.counter(
          "weir_store_dropped_exemplars_total",
          "Exemplars not stored: too old, beyond a bound, or because this store keeps none.")) {}

void SampleCounters::count(const CommitReport& report) {
  appended_.add(report.appended);
  duplicates_.add(report.duplicates);
  conflicts_.add(report.conflicts);
  too_old_.add(report.too_old);
  if (report.exemplars > 0) exemplars_.add(report.exemplars);
  if (report.dropped_exemplars > 0) dropped_exemplars_.add(report.dropped_exemplars);
}

}  // namespace weir::store
