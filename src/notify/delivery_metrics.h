#pragma once

#include <map>
#include <string>
#include <string_view>

#include "telemetry/metrics.h"

namespace weir::notify {

/// What is counted of notifications, by kind of integration. Safe from any thread.
class DeliveryMetrics {
 public:
  explicit DeliveryMetrics(telemetry::Registry& registry);

  struct OfKind {
    telemetry::Counter* notifications = nullptr;
    telemetry::Counter* failed = nullptr;
    telemetry::Counter* requests = nullptr;
    telemetry::Counter* requests_failed = nullptr;
    telemetry::Histogram* latency = nullptr;
  };
  /// `integration`: "webhook[0]" or its kind alone.
  const OfKind& of(std::string_view integration) const;

 private:
  std::map<std::string, OfKind, std::less<>> kinds_;
};

}  // namespace weir::notify
