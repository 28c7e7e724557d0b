#pragma once

#include "store/store.h"
#include "telemetry/metrics.h"

namespace weir::store {

/// What became of the samples of commits, as every store exports it: `weir_store_samples_total` by outcome;
/// and of the exemplars, `weir_store_exemplars_total` and `weir_store_dropped_exemplars_total`. Safe from any
/// thread.
class SampleCounters {
 public:
  explicit SampleCounters(telemetry::Registry& registry);
  void count(const CommitReport& report);

 private:
  telemetry::Counter& appended_;
  telemetry::Counter& duplicates_;
  telemetry::Counter& conflicts_;
  telemetry::Counter& too_old_;
  telemetry::Counter& exemplars_;
  telemetry::Counter& dropped_exemplars_;
};

}  // namespace weir::store
