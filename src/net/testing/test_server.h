#pragma once

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/guarded.h"
#include "net/http_server.h"
#include "net/testing/raw_client.h"
#include "os/clock.h"
#include "os/threads.h"
#include "telemetry/metrics.h"

namespace weir::net::testing {

/// Waits for something that happens on another thread; false after 20 s.
inline bool eventually(const std::function<bool()>& happened) {
  os::Clock& clock = os::system_clock();
  const Deadline deadline = Deadline::after(clock, std::chrono::seconds(20));
  while (!happened()) {
    if (deadline.passed(clock)) return false;
    clock.sleep_until(clock.steady() + os::milliseconds(1), {});
  }
  return true;
}

/// Answers /echo with the request, drops /drop, holds /hold until the test answers, refuses /refuse by
/// policy, and takes WebSockets on /ws. A test may replace any of the three functions before it starts the
/// server.
class TestHandler : public Handler {
 public:
  std::function<RoutePolicy(std::string_view path)> on_policy = [](std::string_view path) {
    RoutePolicy policy;
    policy.body_bytes_max = 1'000;
    policy.websocket = path == "/ws";
    if (path == "/refuse") policy.refuse = HttpResponse::text(404, "no such route\n");
    return policy;
  };
  std::function<void(HttpRequest, Responder)> on_http = [this](HttpRequest request, Responder respond) {
    if (request.path == "/drop") return;
    if (request.path == "/hold") return held.with([&](auto& all) { all.push_back(std::move(respond)); });
    respond(HttpResponse::text(200, request.method + " " + request.path + " " + request.body));
  };
  std::function<std::variant<WebSocketCallbacks, HttpResponse>(const HttpRequest&,
                                                               std::shared_ptr<WebSocket>)>
      on_ws = [](const HttpRequest&, std::shared_ptr<WebSocket> socket) {
        return WebSocketCallbacks{.on_text =
                                      [socket](std::string_view text) {
                                        socket->send_text(std::make_shared<const std::string>(text));
                                      },
                                  .on_close = [] {}};
      };
  Guarded<std::vector<Responder>> held;

  RoutePolicy policy(std::string_view, std::string_view path, const Headers&) override {
    return on_policy(path);
  }
  void on_request(HttpRequest request, Responder respond) override {
    on_http(std::move(request), std::move(respond));
  }
  std::variant<WebSocketCallbacks, HttpResponse> on_websocket(const HttpRequest& request,
                                                              std::shared_ptr<WebSocket> socket) override {
    return on_ws(request, std::move(socket));
  }

  size_t held_count() {
    return held.with([](auto& all) { return all.size(); });
  }
  std::vector<Responder> take_held() {
    return held.with([](auto& all) { return std::exchange(all, {}); });
  }
};

/// A server on a free loopback port, with a TestHandler.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}) : options_(std::move(options)) {
    options_.listen = "127.0.0.1:0";
  }

  TestHandler& handler() { return handler_; }
  void start() {
    server_ = std::make_unique<HttpServer>(options_, handler_, registry_);
    const Status started = server_->start();
    CHECK(started.ok(), started.error().message);
  }
  HttpServer& server() { return *server_; }
  uint16_t port() const { return server_->port(); }
  RawClient client() const { return RawClient(port()); }
  void destroy() { server_.reset(); }

  double connections() { return registry_.gauge("weir_http_connections", kConnectionsHelp).value(); }
  bool idle() {
    return eventually([this] { return connections() == 0; });
  }
  /// The line of a metric with its labels, for what a test expects to have been counted.
  bool counted(std::string_view line) {
    return registry_.to_text().find(std::string(line) + "\n") != std::string::npos;
  }

 private:
  static constexpr std::string_view kConnectionsHelp = "Open connections, WebSockets included.";
  ServerOptions options_;
  telemetry::Registry registry_;
  TestHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

/// A TestServer that runs as it is.
struct RunningServer : TestServer {
  explicit RunningServer(ServerOptions options = {}) : TestServer(std::move(options)) { start(); }
};

}  // namespace weir::net::testing
