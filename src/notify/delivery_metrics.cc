#include "notify/delivery_metrics.h"

#include "base/check.h"

namespace weir::notify {

DeliveryMetrics::DeliveryMetrics(telemetry::Registry& registry) {
  for (const char* kind : {"webhook", "slack", "email"}) {
    const telemetry::LabelPairs labels = {{"integration", kind}};
    OfKind& of_kind = kinds_[kind];
    of_kind.notifications = &registry.counter("weir_notifications_total",
                                              "Notifications that were delivered or given up.", labels);
    of_kind.failed = &registry.counter("weir_notifications_failed_total",
                                       "Notifications that were not delivered.", labels);
    of_kind.requests =
        &registry.counter("weir_notification_requests_total", "Attempts to deliver a notification.", labels);
    of_kind.requests_failed = &registry.counter("weir_notification_requests_failed_total",
                                                "Attempts to deliver a notification that failed.", labels);
    of_kind.latency = &registry.histogram("weir_notification_latency_seconds",
                                          "How long an attempt to deliver a notification took.",
                                          telemetry::duration_bounds(), labels);
  }
}

const DeliveryMetrics::OfKind& DeliveryMetrics::of(std::string_view integration) const {
  const auto found = kinds_.find(integration.substr(0, integration.find('[')));
  CHECK(found != kinds_.end(), "every kind of integration is counted");
  return found->second;
}

}  // namespace weir::notify
