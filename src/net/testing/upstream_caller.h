#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "net/testing/raw_listener.h"
#include "net/testing/test_server.h"
#include "net/upstream_client.h"

namespace weir::net::testing {

inline constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

inline Deadline in(os::milliseconds delay) {
  return Deadline::after(os::system_clock(), delay);
}
inline ServerOptions one_loop(UpstreamOptions upstream = {}) {
  ServerOptions options;
  options.threads = 1;
  options.upstream = upstream;
  return options;
}

/// One call that another thread may wait for.
class Outcome {
 public:
  void set(UpstreamResult result) {
    std::lock_guard lock(mutex_);
    result_ = std::move(result);
    changed_.notify_all();
  }
  UpstreamResult get() {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds(20), [&] { return result_.has_value(); });
    return came ? *result_ : UpstreamResult{internal("the call never ended"), false};
  }
  bool ended() {
    std::lock_guard lock(mutex_);
    return result_.has_value();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<UpstreamResult> result_;
};

/// A server that makes the test's calls on its event loop.
class Caller {
 public:
  explicit Caller(UpstreamOptions options = {}) : server_(one_loop(options)) {
    server_.handler().on_http = [this](HttpRequest, Responder respond) {
      for (Task& task : tasks_.with([](auto& tasks) { return std::exchange(tasks, {}); })) task();
      respond(HttpResponse::text(200, ""));
    };
    server_.start();
  }

  void run(Task task) {
    tasks_.with([&](auto& tasks) { tasks.push_back(std::move(task)); });
    server_.client().exchange("POST /run HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  }
  std::shared_ptr<Outcome> begin(UpstreamAttempt attempt, UpstreamRequest request = get("/echo")) {
    auto outcome = std::make_shared<Outcome>();
    run([outcome, attempt = std::move(attempt),
         shared = std::make_shared<const UpstreamRequest>(std::move(request))]() mutable {
      send_upstream(std::move(attempt), shared,
                    [outcome](UpstreamResult result) { outcome->set(std::move(result)); });
    });
    return outcome;
  }
  UpstreamResult call(UpstreamAttempt attempt, UpstreamRequest request = get("/echo")) {
    return begin(std::move(attempt), std::move(request))->get();
  }
  TestServer& server() { return server_; }

  static UpstreamRequest get(std::string target) {
    UpstreamRequest request;
    request.method = "GET";
    request.target = std::move(target);
    return request;
  }
  static UpstreamRequest post(std::string target, std::string body) {
    UpstreamRequest request = get(std::move(target));
    request.method = "POST";
    request.body = std::move(body);
    return request;
  }

 private:
  Guarded<std::vector<Task>> tasks_;
  TestServer server_;
};

inline UpstreamAttempt to(uint16_t port, os::milliseconds timeout = os::milliseconds(20'000)) {
  UpstreamAttempt attempt;
  attempt.address = fmt::format("127.0.0.1:{}", port);
  attempt.authority = attempt.address;
  attempt.deadline = in(timeout);
  return attempt;
}

}  // namespace weir::net::testing
