#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "gateway/gateway.h"
#include "net/testing/test_server.h"

namespace weir::gateway::testing {

using net::testing::eventually;

/// Stands for a process behind a gateway: says on /readyz whether it is ready, and answers everything else by
/// `answer`, or holds it while `frozen`, checks included.
class Backend {
 public:
  Backend() {
    server_.handler().on_policy = [](std::string_view path) {
      return net::RoutePolicy{.body_bytes_max = 64u << 20, .websocket = path == "/api/v2/live"};
    };
    server_.handler().on_http = [this](net::HttpRequest request, net::Responder respond) {
      if (frozen) return held_.with([&](auto& held) { held.push_back(std::move(respond)); });
      if (request.path == "/readyz") {
        return respond(ready ? net::HttpResponse::text(200, "ok\n")
                             : net::HttpResponse::text(503, "stopping\n"));
      }
      ++requests;
      if (holding) return held_.with([&](auto& held) { held.push_back(std::move(respond)); });
      net::HttpResponse response = answer(request);
      last_.with([&](auto& last) { last = std::move(request); });
      respond(std::move(response));
    };
    server_.start();
  }
  ~Backend() { kill(); }

  /// Ends all connections and closes the port, as a crash would.
  void kill() {
    if (!killed_) server_.server().stop(std::chrono::milliseconds(0));
    killed_ = true;
  }
  void release() {
    for (auto& respond : held_.with([](auto& held) { return std::exchange(held, {}); })) {
      respond(net::HttpResponse::text(200, "released"));
    }
  }
  size_t held() {
    return held_.with([](auto& held) { return held.size(); });
  }
  std::string name() const { return fmt::format("127.0.0.1:{}", server_.port()); }
  net::testing::TestServer& server() { return server_; }
  net::HttpRequest last() {
    return last_.with([](auto& last) { return last; });
  }

  std::function<net::HttpResponse(const net::HttpRequest&)> answer = [](const net::HttpRequest&) {
    return net::HttpResponse::text(200, "answer");
  };
  std::atomic<bool> ready = true;
  std::atomic<bool> frozen = false;   ///< Holds everything.
  std::atomic<bool> holding = false;  ///< Holds all but checks.
  std::atomic<int> requests = 0;      ///< Without checks.

 private:
  Guarded<std::vector<net::Responder>> held_;
  Guarded<net::HttpRequest> last_;
  bool killed_ = false;
  net::testing::TestServer server_;
};

/// A process of the role gateway, with those upstreams.
class Front {
 public:
  explicit Front(UpstreamsOptions upstreams, GatewayOptions options = {}) : workers_({}) {
    auto created = Upstreams::create(std::move(upstreams), os::system_clock(), registry_);
    CHECK(created.ok(), created.error().message);
    upstreams_ = *std::move(created);
    upstreams_->start();
    Services services{.registry = registry_,
                      .clock = os::system_clock(),
                      .workers = workers_,
                      .ready = [] { return ok_status(); },
                      .process = {.version = "1", .commit = "c", .roles = {"gateway"}},
                      .options = options,
                      .upstreams = upstreams_.get()};
    gateway_ = std::make_unique<Gateway>(std::move(services));
    net::ServerOptions server;
    server.listen = "127.0.0.1:0";
    server_ = std::make_unique<net::HttpServer>(server, *gateway_, registry_);
    CHECK(server_->start().ok(), "the front listens");
  }
  ~Front() { stop(std::chrono::milliseconds(0)); }
  void stop(os::milliseconds grace) { server_->stop(grace); }

  uint16_t port() const { return server_->port(); }
  net::testing::RawClient client() const { return net::testing::RawClient(port()); }
  std::string host() const { return fmt::format("127.0.0.1:{}", port()); }
  Upstreams& upstreams() { return *upstreams_; }
  telemetry::Registry& registry() { return registry_; }

  /// True once so many upstreams are in that state.
  bool reaches(UpstreamState state, size_t count) {
    return eventually([&] {
      const auto all = upstreams_->status();
      return static_cast<size_t>(std::count_if(all.begin(), all.end(), [&](const UpstreamStatus& upstream) {
               return upstream.state == state;
             })) == count;
    });
  }
  net::testing::RawResponse get(std::string_view target, std::string_view fields = "") {
    return client().exchange(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", target, host(), fields));
  }
  net::testing::RawResponse post(std::string_view target, std::string_view body,
                                 std::string_view fields = "") {
    return client().exchange(fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{}\r\n{}",
                                         target, host(), body.size(), fields, body));
  }

 private:
  telemetry::Registry registry_;
  os::WorkerPool workers_;
  std::unique_ptr<Upstreams> upstreams_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<net::HttpServer> server_;
};

/// Options whose checks are far apart after the first: what a test sees is the doing of requests alone.
inline UpstreamsOptions rare_checks() {
  UpstreamsOptions options;
  options.check_interval = std::chrono::hours(1);
  options.check_timeout = std::chrono::seconds(10);
  return options;
}
/// Options whose checks come all the time.
inline UpstreamsOptions quick_checks() {
  UpstreamsOptions options;
  options.check_interval = os::milliseconds(10);
  options.check_timeout = os::milliseconds(200);
  return options;
}

inline UpstreamsOptions reads(UpstreamsOptions options, std::vector<std::string> names) {
  options.read = std::move(names);
  return options;
}
inline UpstreamsOptions writes(UpstreamsOptions options, std::vector<std::string> names) {
  options.write = std::move(names);
  return options;
}

}  // namespace weir::gateway::testing
