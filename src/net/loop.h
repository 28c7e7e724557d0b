#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "net/asio.h"  // before any other Boost header
#include "net/http_server.h"
#include "net/mailbox.h"
#include "net/peer.h"
#include "net/server_metrics.h"
#include "os/threads.h"

namespace weir::net {

class UpstreamPool;

/// How many connections are open in all loops. Safe from any thread.
class OpenCount {
 public:
  size_t get() const;
  void add();
  void remove();
  /// False when `deadline` passed first.
  bool wait_until_zero(Deadline deadline);

 private:
  mutable std::mutex mutex_;
  std::condition_variable zero_;
  size_t count_ = 0;  ///< Guarded by mutex_.
};

/// What all connections of one server share. Constant but for members that are safe from any thread.
struct ServerContext {
  ServerContext(ServerOptions server_options, Handler& request_handler, telemetry::Registry& registry)
      : options(std::move(server_options)),
        handler(request_handler),
        admission(std::make_shared<Admission>(options.inflight_body_bytes_max)),
        answers(std::make_shared<Admission>(options.upstream.inflight_answer_bytes_max)),
        metrics(registry, admission, answers) {}

  const ServerOptions options;
  Handler& handler;
  const std::shared_ptr<Admission> admission;
  const std::shared_ptr<Admission> answers;  ///< Of upstreams.
  ServerMetrics metrics;
  OpenCount open;
  std::atomic<bool> draining =
      false;  ///< Set before the loops hear of it, so that no later answer promises more.
};

/// Counts one open connection for as long as it is held; moves with the socket when HTTP becomes WebSocket.
class OpenSlot {
 public:
  OpenSlot() = default;
  explicit OpenSlot(ServerContext& context) : context_(&context) {
    context.open.add();
    context.metrics.connections.add(1);
  }
  OpenSlot(OpenSlot&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
  OpenSlot& operator=(OpenSlot&& other) noexcept {
    OpenSlot taken(std::move(other));
    std::swap(context_, taken.context_);
    return *this;
  }
  ~OpenSlot() {
    if (context_ == nullptr) return;
    context_->metrics.connections.add(-1);
    context_->open.remove();
  }

 private:
  ServerContext* context_ = nullptr;
};

/// One event loop on one thread, with the connections it was given. `start`, `stop` and the destructor belong
/// to the server's thread; all else runs on the loop's own.
class Loop {
 public:
  explicit Loop(ServerContext& context);
  ~Loop() { stop(); }

  void start(size_t index);
  /// Any thread: `drain` or `cut` for every connection, also those still to come.
  void drain();
  void cut();
  /// Returns when no connection is left, then refuses posts. Idempotent.
  void stop();

  asio::io_context& io() { return io_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  ServerContext& context() { return context_; }
  bool draining() const { return context_.draining; }
  bool cutting() const { return cutting_; }

  /// The loop whose thread this is, or null.
  static Loop* current();

  void add(std::shared_ptr<Peer> peer);
  void remove(Peer& peer);
  /// Now, as the Date field wants it; formatted once a second.
  std::string_view date();

  /// This loop's connections to the upstream at a numeric HOST:PORT.
  std::shared_ptr<UpstreamPool> upstream_pool(const std::string& address);
  /// Nothing is left of the pool.
  void forget(UpstreamPool& pool);

 private:
  using Peers = absl::flat_hash_map<Peer*, std::shared_ptr<Peer>>;
  void for_each(void (Peer::*action)());

  ServerContext& context_;
  asio::io_context io_;
  std::shared_ptr<Mailbox> mailbox_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Peers peers_;
  absl::flat_hash_map<std::string, std::shared_ptr<UpstreamPool>> upstreams_;
  bool cutting_ = false;
  TimestampMs date_second_ = -1;
  std::string date_;
  os::Thread thread_;
};

}  // namespace weir::net
