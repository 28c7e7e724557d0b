#pragma once

#include "telemetry/metrics.h"

namespace weir::log::kafka {

/// What the Kafka log counts; all of it belongs to the registry.
struct KafkaMetrics {
  explicit KafkaMetrics(telemetry::Registry& registry);

  telemetry::Counter& appended_bytes;
  telemetry::Counter& appended_records;
  telemetry::Counter& refused_queue_full;
  telemetry::Counter& refused_breaker;
  telemetry::Counter& failed_deadline;
  telemetry::Counter& failed_other;
  telemetry::Histogram& delivery_seconds;
  telemetry::Counter& producers_replaced;
  telemetry::Counter& retries;
  telemetry::Counter& connects;
  telemetry::Gauge& brokers_up;
  telemetry::Counter& errors_transport;
  telemetry::Counter& errors_security;
  telemetry::Counter& errors_fatal;
  telemetry::Counter& errors_other;
  telemetry::Counter& unreadable_records;
  telemetry::Counter& stale_records;
  telemetry::Counter& rebalances;
};

}  // namespace weir::log::kafka
