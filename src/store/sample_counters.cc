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
      too_old_(samples(registry, "too_old")) {}

void SampleCounters::count(const CommitReport& report) {
  appended_.add(report.appended);
  duplicates_.add(report.duplicates);
  conflicts_.add(report.conflicts);
  too_old_.add(report.too_old);
}

}  // namespace weir::store
