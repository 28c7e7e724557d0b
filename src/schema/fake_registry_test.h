#pragma once

#include <atomic>
#include <functional>
#include <string>

#include <fmt/format.h>

#include "net/testing/test_server.h"
#include "schema/registry_client.h"

/// A registry that answers as a test wants. The real one has its own tests.
namespace weir::schema {

class FakeRegistry {
 public:
  using Answer = std::function<void(net::HttpRequest, net::Responder)>;

  FakeRegistry() {
    server_.handler().on_policy = [](std::string_view) {
      return net::RoutePolicy{.body_bytes_max = 1 << 20};
    };
    server_.handler().on_http = [this](net::HttpRequest request, net::Responder respond) {
      ++requests;
      answer(std::move(request), std::move(respond));
    };
    server_.start();
  }

  /// Set between calls only.
  Answer answer;
  std::atomic<int> requests = 0;

  void answer_with(int status, std::string body) {
    answer = [status, body = std::move(body)](net::HttpRequest, net::Responder respond) {
      respond(net::HttpResponse::json(status, body));
    };
  }
  RegistryOptions options() const {
    return {fmt::format("http://127.0.0.1:{}/api/", server_.port()), "", ""};
  }
  /// From now on nobody listens.
  void stop() { server_.destroy(); }

 private:
  net::testing::TestServer server_;
};

}  // namespace weir::schema
