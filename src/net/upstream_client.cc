#include "net/upstream_client.h"

#include <fmt/format.h>

#include "net/listener.h"
#include "net/upstream_pool.h"

namespace weir::net {

namespace {

Loop& current_loop() {
  Loop* loop = Loop::current();
  CHECK(loop != nullptr, "upstreams are called from an event loop");
  return *loop;
}

/// A task that waits for its time.
class LaterTask final : public Peer {
 public:
  LaterTask(Loop& loop, Task task) : Peer(loop), task_(std::move(task)) {}
  void start(os::milliseconds delay) { set_deadline_in(delay); }
  void drain() override {}
  void cut() override {
    const auto self = shared_from_this();
    cancel_timer();
    loop_.remove(*this);
    task_ = nullptr;
  }

 private:
  void on_deadline() override {
    const auto self = shared_from_this();
    loop_.remove(*this);
    if (task_ != nullptr) std::exchange(task_, nullptr)();
  }

  Task task_;
};

}  // namespace

void send_upstream(UpstreamAttempt attempt, std::shared_ptr<const UpstreamRequest> request,
                   UpstreamDone done) {
  const auto pool = current_loop().upstream_pool(attempt.address);
  pool->send({std::move(attempt), std::move(request), std::move(done)});
}

void run_later(os::milliseconds delay, Task task) {
  Loop& loop = current_loop();
  auto later = std::make_shared<LaterTask>(loop, std::move(task));
  later->start(delay);
  loop.add(std::move(later));
}

Result<std::string> resolve_upstream(std::string_view host_port) {
  const auto endpoint = parse_listen(host_port);
  if (!endpoint.ok() || endpoint->port() == 0) {
    return invalid_argument(fmt::format("upstream '{}': not HOST:PORT, or an unknown host", host_port));
  }
  const auto address = endpoint->address();
  return fmt::format("{}{}{}:{}", address.is_v6() ? "[" : "", address.to_string(), address.is_v6() ? "]" : "",
                     endpoint->port());
}

}  // namespace weir::net
