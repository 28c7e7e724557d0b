#include "log/kafka/kafka_metrics.h"

namespace weir::log::kafka {
namespace {

telemetry::Counter& refused(telemetry::Registry& registry, std::string reason) {
  return registry.counter("weir_log_refused_appends_total", "Appends that the log did not take, by reason.",
                          {{"reason", std::move(reason)}});
}

telemetry::Counter& failed(telemetry::Registry& registry, std::string reason) {
  return registry.counter("weir_log_failed_appends_total",
                          "Appends whose outcome is unknown or bad, by reason.",
                          {{"reason", std::move(reason)}});
}

telemetry::Counter& errors(telemetry::Registry& registry, std::string kind) {
  return registry.counter("weir_kafka_errors_total", "Errors that librdkafka reported, by kind.",
                          {{"kind", std::move(kind)}});
}

}  // namespace

KafkaMetrics::KafkaMetrics(telemetry::Registry& registry)
    : appended_bytes(
          registry.counter("weir_log_appended_bytes_total", "Bytes of payload that were acknowledged.")),
      appended_records(registry.counter("weir_log_appended_records_total", "Records made durable.")),
      refused_queue_full(refused(registry, "queue_full")),
      refused_breaker(refused(registry, "breaker_open")),
      failed_deadline(failed(registry, "deadline")),
      failed_other(failed(registry, "other")),
      delivery_seconds(registry.histogram("weir_kafka_delivery_duration_seconds",
                                          "Time from an append to its acknowledgement.",
                                          telemetry::duration_bounds())),
      producers_replaced(registry.counter("weir_kafka_producers_replaced_total",
                                          "Producers given up after a fatal error; what they had not "
                                          "delivered was sent again.")),
      retries(registry.counter("weir_kafka_request_retries_total", "Requests that the producer repeated.")),
      connects(registry.counter("weir_kafka_connects_total",
                                "Connections that the producer tried to make to brokers.")),
      brokers_up(registry.gauge("weir_kafka_brokers_up", "Brokers that the producer is connected to.")),
      errors_transport(errors(registry, "transport")),
      errors_security(errors(registry, "security")),
      errors_fatal(errors(registry, "fatal")),
      errors_other(errors(registry, "other")),
      unreadable_records(
          registry.counter("weir_kafka_unreadable_records_total",
                           "Records passed over: without a tenant, without a payload, or damaged.")),
      stale_records(registry.counter("weir_kafka_stale_records_total",
                                     "Records that were fetched again from before the reader's position.")),
      rebalances(registry.counter("weir_kafka_rebalances_total",
                                  "Times the group gave this process another set of partitions.")) {}

}  // namespace weir::log::kafka
