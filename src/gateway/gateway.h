#pragma once

#include <memory>

#include "gateway/router.h"
#include "gateway/services.h"
#include "net/http_server.h"

namespace weir::gateway {

/// The application behind the HTTP server: routes requests, counts them, and guards a loopback server against
/// web pages of other origins. Each route has its own file under routes/. A route whose surface this process
/// does not serve is forwarded to an upstream that does, or refused. Safe from any thread.
class Gateway : public net::Handler {
 public:
  explicit Gateway(Services services);
  ~Gateway() override;

  net::RoutePolicy policy(std::string_view method, std::string_view path,
                          const net::Headers& headers) override;
  void on_request(net::HttpRequest request, net::Responder respond) override;
  std::variant<net::WebSocketCallbacks, net::HttpResponse> on_websocket(
      const net::HttpRequest& request, std::shared_ptr<net::WebSocket> socket) override;

 private:
  struct RouteMetrics;

  /// True when this process has the parts that the surface's routes speak to.
  bool serves(Surface surface) const;
  /// The upstreams of a surface that this process does not serve; null when it has none.
  UpstreamSet* upstreams(Surface surface);

  Services services_;
  Router router_;
  std::vector<std::unique_ptr<RouteMetrics>> metrics_;  // one for each route
  telemetry::Gauge& live_connections_;
};

/// Why a request must not be served: a loopback server that is addressed by another name (DNS rebinding), or
/// a page of another origin that tries to change something. Pure.
Status check_origin(std::string_view method, const net::Headers& headers, bool loopback_only);

}  // namespace weir::gateway
