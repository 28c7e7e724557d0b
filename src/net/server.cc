#include <algorithm>
#include <mutex>
#include <vector>

#include "net/http_server.h"
#include "net/listener.h"
#include "net/loop.h"

namespace weir::net {

namespace {

constexpr size_t kThreadsMax = 64;

}  // namespace

class HttpServer::Impl {
 public:
  Impl(ServerOptions options, Handler& handler, telemetry::Registry& registry)
      : context_(std::move(options), handler, registry) {
    const size_t threads = std::clamp<size_t>(context_.options.threads, 1, kThreadsMax);
    for (size_t i = 0; i < threads; ++i) loops_.push_back(std::make_unique<Loop>(context_));
    listener_ = std::make_unique<Listener>(*loops_.front(), loops_);
  }
  ~Impl() { stop(std::chrono::milliseconds(0)); }

  Status start() {
    RETURN_IF_ERROR(listener_->open(context_.options.listen));
    loops_.front()->mailbox()->post([this] { listener_->accept(); });
    for (size_t i = 0; i < loops_.size(); ++i) loops_[i]->start(i);
    return {};
  }

  uint16_t port() const { return listener_->port(); }

  void stop(std::chrono::milliseconds grace) {
    const auto deadline = Deadline::after(os::system_clock(), grace);
    std::lock_guard lock(stopping_);  // a second caller returns when the first has stopped the server
    if (std::exchange(stopped_, true)) return;
    context_.draining = true;
    loops_.front()->mailbox()->post([this] { listener_->close(); });
    for (const auto& loop : loops_) loop->drain();
    context_.open.wait_until_zero(deadline);
    for (const auto& loop : loops_) loop->cut();
    for (const auto& loop : loops_) loop->stop();
  }

 private:
  ServerContext context_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<Listener> listener_;
  std::mutex stopping_;
  bool stopped_ = false;
};

HttpServer::HttpServer(ServerOptions options, Handler& handler, telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(std::move(options), handler, registry)) {}
HttpServer::~HttpServer() = default;
Status HttpServer::start() {
  return impl_->start();
}
uint16_t HttpServer::port() const {
  return impl_->port();
}
void HttpServer::stop(std::chrono::milliseconds grace) {
  impl_->stop(grace);
}

}  // namespace weir::net
