#include "net/server_metrics.h"

#include <string>

namespace weir::net {

ServerMetrics::ServerMetrics(telemetry::Registry& registry, const std::shared_ptr<Admission>& admission,
                             const std::shared_ptr<Admission>& answers)
    : received_bytes(registry.counter("weir_http_received_bytes_total", "Bytes read from HTTP connections.")),
      sent_bytes(registry.counter("weir_http_sent_bytes_total", "Bytes written to HTTP connections.")),
      accepted(registry.counter("weir_http_connections_accepted_total", "Connections accepted.")),
      accept_errors(registry.counter("weir_http_accept_errors_total",
                                     "Failed accepts, mostly for want of file descriptors.")),
      connections(registry.gauge("weir_http_connections", "Open connections, WebSockets included.")),
      websockets(registry.gauge("weir_websocket_connections", "Open WebSocket connections.")),
      tunnels(
          registry.gauge("weir_http_tunnels", "Open WebSockets and event streams that lead to an upstream.")),
      streams(registry.gauge("weir_http_streams", "Open answers that go on.")),
      stream_overflows(registry.counter("weir_http_stream_overflows_total",
                                        "Answers that go on, cut because their peer reads too slowly.")),
      websocket_received_frames(registry.counter("weir_websocket_received_frames_total",
                                                 "Text messages received from WebSocket peers.")),
      websocket_sent_frames(
          registry.counter("weir_websocket_sent_frames_total", "Text messages sent to WebSocket peers.")),
      websocket_overflows(registry.counter("weir_websocket_overflows_total",
                                           "WebSocket peers closed with 1013 for reading too slowly.")),
      websocket_timeouts(
          registry.counter("weir_websocket_timeouts_total",
                           "WebSocket peers cut: no pong, no close frame, or a stalled write.")) {
  for (size_t i = 0; i < kRejectCount; ++i) {
    rejected[i] =
        &registry.counter("weir_http_rejected_total", "Connections and requests turned away by the server.",
                          {{"reason", std::string(kRejectNames[i])}});
  }
  observed.push_back(
      registry.observe_gauge("weir_http_requests_in_flight", "Requests received and not yet answered.", {},
                             [admission] { return static_cast<double>(admission->requests()); }));
  observed.push_back(registry.observe_gauge(
      "weir_http_inflight_body_bytes", "Bytes of request bodies being read or handled.", {},
      [admission] { return static_cast<double>(admission->body_bytes()); }));
  observed.push_back(
      registry.observe_gauge("weir_http_inflight_answer_bytes", "Bytes of upstreams' answers being received.",
                             {}, [answers] { return static_cast<double>(answers->body_bytes()); }));
}

}  // namespace weir::net
