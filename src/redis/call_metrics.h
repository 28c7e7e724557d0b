#pragma once

#include "base/result.h"
#include "os/clock.h"
#include "telemetry/metrics.h"

namespace weir::redis {

/// weir_redis_calls_total, weir_redis_errors_total{code}, weir_redis_call_duration_seconds. Safe from any
/// thread.
class CallMetrics {
 public:
  explicit CallMetrics(telemetry::Registry& registry);
  /// A call ended with `status`, `took` after it was begun.
  void count(const Status& status, os::SteadyTime::duration took);

 private:
  telemetry::Registry& registry_;
  telemetry::Counter& calls_;
  telemetry::Histogram& duration_;
};

}  // namespace weir::redis
