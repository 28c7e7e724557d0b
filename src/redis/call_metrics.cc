#include "redis/call_metrics.h"

namespace weir::redis {

CallMetrics::CallMetrics(telemetry::Registry& registry)
    : registry_(registry),
      calls_(registry.counter("weir_redis_calls_total", "Calls of Redis, those refused at once included.")),
      duration_(registry.histogram("weir_redis_call_duration_seconds",
                                   "How long calls of Redis took, waiting for a connection included.",
                                   telemetry::duration_bounds())) {}

void CallMetrics::count(const Status& status, os::SteadyTime::duration took) {
  calls_.add();
  duration_.observe(std::chrono::duration<double>(took).count());
  if (status.ok()) return;
  registry_
      .counter("weir_redis_errors_total", "Calls of Redis that failed, by the code of their error.",
               {{"code", std::string(code_name(status.error().code))}})
      .add();
}

}  // namespace weir::redis
