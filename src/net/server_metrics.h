#pragma once

#include <array>
#include <memory>
#include <vector>

#include "net/admission.h"
#include "net/reject.h"
#include "telemetry/metrics.h"

namespace weir::net {

/// The server's own metrics. Counts of requests by route are the gateway's. Safe from any thread.
struct ServerMetrics {
  ServerMetrics(telemetry::Registry& registry, const std::shared_ptr<Admission>& admission,
                const std::shared_ptr<Admission>& answers);

  void count(Reject reason) { rejected[static_cast<size_t>(reason)]->add(); }

  telemetry::Counter& received_bytes;
  telemetry::Counter& sent_bytes;
  telemetry::Counter& accepted;
  telemetry::Counter& accept_errors;
  telemetry::Gauge& connections;
  telemetry::Gauge& websockets;
  telemetry::Gauge& tunnels;
  telemetry::Gauge& streams;
  telemetry::Counter& stream_overflows;
  telemetry::Counter& websocket_received_frames;
  telemetry::Counter& websocket_sent_frames;
  telemetry::Counter& websocket_overflows;
  telemetry::Counter& websocket_timeouts;
  std::array<telemetry::Counter*, kRejectCount> rejected;
  std::vector<std::unique_ptr<telemetry::Registry::Handle>> observed;
};

}  // namespace weir::net
