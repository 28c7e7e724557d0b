#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/completion.h"
#include "net/http.h"
#include "net/upstream_client.h"
#include "net/websocket.h"
#include "telemetry/metrics.h"

namespace weir::net {

/// Sends the answer of one request: call it exactly once, from any thread. Dropping it unanswered sends 500.
/// When the client is gone the answer is discarded.
using Responder = absl::AnyInvocable<void(HttpResponse)>;

/// What the server must know about a request before it reads the body.
struct RoutePolicy {
  uint64_t body_bytes_max =
      1 << 20;             ///< Larger bodies are answered 413, with the limit in the text, before being read.
  bool websocket = false;  ///< An upgrade request goes to `Handler::on_websocket` ...
  bool tunnel = false;     ///< ... or to `on_request`, which may answer 101 with an upstream's stream.
  bool watch_client = false;  ///< For work that is worth stopping when the client has gone.
  /// Set to refuse at once (404, 405, 503) without reading the body.
  std::optional<HttpResponse> refuse = std::nullopt;
};

/// The application behind the server. All calls come from event-loop threads and must not block: work of more
/// than about a millisecond belongs on a worker pool.
class Handler {
 public:
  virtual ~Handler() = default;
  /// After the header, before the body. `method` and `path` as in HttpRequest.
  virtual RoutePolicy policy(std::string_view method, std::string_view path, const Headers& headers) = 0;
  virtual void on_request(HttpRequest request, Responder respond) = 0;
  /// An upgrade request on a websocket route. Return the session's callbacks to accept, an HttpResponse to
  /// refuse.
  virtual std::variant<WebSocketCallbacks, HttpResponse> on_websocket(const HttpRequest& request,
                                                                      std::shared_ptr<WebSocket> socket) = 0;
};

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  ///< HOST:PORT; port 0 picks a free one; "[::1]:8080" for IPv6.
  size_t threads = 2;                     ///< Event loops, 1 to 64; about one a core.
  size_t connections_max = 10'000;        ///< Beyond it, new ones are closed at once.
  uint32_t header_bytes_max = 16 * 1024;  ///< All header fields together; more is 431.
  uint32_t target_bytes_max = 16 * 1024;  ///< More is 414.
  std::chrono::milliseconds header_timeout{
      10'000};  ///< From connection or last answer's next byte to a full header.
  std::chrono::milliseconds idle_timeout{60'000};   ///< Keep-alive without a request.
  std::chrono::milliseconds body_timeout{60'000};   ///< For one whole body.
  std::chrono::milliseconds write_timeout{10'000};  ///< Without progress while sending.
  uint64_t inflight_body_bytes_max = 256u << 20;  ///< Bodies being read or handled; beyond: 503, Retry-After.
  uint32_t websocket_message_bytes_max = 64 * 1024;
  uint64_t websocket_queue_bytes_max = 1 << 20;  ///< Waiting for one peer; one that exceeds it is closed.
  std::chrono::milliseconds websocket_ping_interval{30'000};  ///< Of silence before a ping.
  std::chrono::milliseconds websocket_pong_timeout{10'000};   ///< Of silence after it, until the peer is cut.
  UpstreamOptions upstream;                                   ///< Of the loops' connections to other servers.
};

/// HTTP/1.1 and WebSocket over TCP. Framing is strict (RFC 9112): both Content-Length and Transfer-Encoding,
/// a repeated Content-Length, a transfer coding other than chunked, bare LF, obs-fold and NUL are refused
/// with 400 and the connection is closed. `Expect: 100-continue` is honoured. Responses keep request order
/// per connection. Safe from any thread.
class HttpServer {
 public:
  /// `handler` and `registry` outlive the server.
  HttpServer(ServerOptions options, Handler& handler, telemetry::Registry& registry);
  ~HttpServer();

  /// Binds and starts the threads. kUnavailable when the address is in use (the message says what to do),
  /// kInvalidArgument when it cannot be parsed.
  Status start();
  /// The bound port, after `start`.
  uint16_t port() const;
  /// Stops accepting, answers what is in flight (closing each connection after its answer), closes WebSockets
  /// with 1001; returns when all are closed or `grace` has passed, then cuts the rest. Idempotent.
  void stop(std::chrono::milliseconds grace);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
