#pragma once

#include "store/sample_counters.h"
#include "telemetry/metrics.h"

namespace weir::store::timescale {

/// Commits, and what reads were spared; connections have metrics of their own.
class StoreMetrics {
 public:
  explicit StoreMetrics(telemetry::Registry& registry);
  void count(const Result<CommitReport>& outcome, double seconds);
  telemetry::Counter& aggregate_buckets_read() { return aggregate_buckets_read_; }

 private:
  SampleCounters samples_;
  telemetry::Counter& new_series_;
  telemetry::Counter& failures_;
  telemetry::Histogram& seconds_;
  telemetry::Counter& aggregate_buckets_read_;
};

}  // namespace weir::store::timescale
