#include "gateway/live_session.h"

#include <map>
#include <mutex>

#include <fmt/format.h>

namespace weir::gateway {
namespace {

constexpr size_t kSubscriptionsMax = 64;
constexpr size_t kQueuedBytesReady = 64 * 1024;  // more waiting to be sent than this: the peer is behind
constexpr os::milliseconds kCatalogueTimeout{2'000};

/// The subscriptions of one connection. A subscription begins on a worker, because the tenant may have to be
/// looked up; its generation tells its frames, and its own late start, from those of a later one under the
/// same id.
class LiveSession : public std::enable_shared_from_this<LiveSession> {
 public:
  LiveSession(Services& services, std::string tenant_name, std::shared_ptr<net::WebSocket> socket)
      : services_(services), tenant_name_(std::move(tenant_name)), socket_(std::move(socket)) {}

  void on_text(std::string_view text) {
    Result<LiveCommand> command = parse_live_command(text);
    if (!command.ok()) return send(encode_live_error({}, command.error()));
    if (auto* gone = std::get_if<LiveUnsubscribe>(&*command)) return unsubscribe(gone->id);
    subscribe(std::move(std::get<LiveSubscribe>(*command)));
  }

  void close() {
    std::lock_guard lock(mutex_);
    entries_.clear();
  }

 private:
  struct Entry {
    uint64_t generation = 0;
    std::unique_ptr<stream::LiveHub::Subscription> subscription;  // null while the tenant is being looked up
  };

  void send(std::string frame) { socket_->send_text(std::make_shared<const std::string>(std::move(frame))); }

  void subscribe(LiveSubscribe command) {
    const Result<uint64_t> generation = reserve(command.id);
    if (!generation.ok()) return send(encode_live_error(command.id, generation.error()));
    const std::string id = command.id;
    Status posted = services_.workers.post(
        [self = shared_from_this(), command = std::move(command), generation = *generation]() mutable {
          self->start(std::move(command), generation);
        });
    if (!posted.ok()) fail(id, *generation, posted.error());
  }

  /// Makes room for the subscription, replacing one of the same id, and returns its generation.
  Result<uint64_t> reserve(const std::string& id) {
    std::lock_guard lock(mutex_);
    if (!entries_.contains(id) && entries_.size() >= kSubscriptionsMax) {
      return resource_exhausted(fmt::format("{} subscriptions, the limit of a connection", entries_.size()));
    }
    Entry& entry = entries_[id];
    entry.subscription.reset();
    entry.generation = ++generations_;
    return entry.generation;
  }

  /// On a worker: looks the tenant up and begins.
  void start(LiveSubscribe command, uint64_t generation) {
    auto tenant =
        services_.reading().tenants.find(tenant_name_, Deadline::after(services_.clock, kCatalogueTimeout));
    if (!tenant.ok()) return fail(command.id, generation, tenant.error());
    if (!tenant->has_value()) {
      return fail(command.id, generation,
                  not_found(fmt::format("tenant {}: nothing has been written yet", tenant_name_)));
    }
    stream::LiveSink sink;
    sink.deliver = [self = shared_from_this(), id = command.id,
                    generation](const stream::LiveUpdate& update) { self->deliver(id, generation, update); };
    sink.ready = [&services = services_, socket = socket_] {
      return live_ready(services, socket->queued_bytes());
    };
    auto subscription =
        services_.reading().live.subscribe(live_request(services_, **tenant, command), std::move(sink));
    if (!subscription.ok()) return fail(command.id, generation, subscription.error());
    std::lock_guard lock(mutex_);
    auto it = entries_.find(command.id);
    if (it != entries_.end() && it->second.generation == generation)
      it->second.subscription = std::move(*subscription);
  }

  void deliver(const std::string& id, uint64_t generation, const stream::LiveUpdate& update) {
    std::string frame = encode_live_update(id, update);
    std::unique_ptr<stream::LiveHub::Subscription> ended;  // destroyed outside of the lock
    std::lock_guard lock(mutex_);
    auto it = entries_.find(id);
    if (it == entries_.end() || it->second.generation != generation) return;
    send(std::move(frame));
    const auto* error = std::get_if<Error>(&update);
    if (error == nullptr || !stream::ends_live_query(*error)) return;
    ended = std::move(it->second.subscription);
    entries_.erase(it);
  }

  void fail(const std::string& id, uint64_t generation, const Error& error) {
    send(encode_live_error(id, error));
    std::lock_guard lock(mutex_);
    auto it = entries_.find(id);
    if (it != entries_.end() && it->second.generation == generation) entries_.erase(it);
  }

  void unsubscribe(const std::string& id) {
    std::lock_guard lock(mutex_);
    entries_.erase(id);
  }

  Services& services_;
  const std::string tenant_name_;
  const std::shared_ptr<net::WebSocket> socket_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
  uint64_t generations_ = 0;              // guarded by mutex_
};

}  // namespace

stream::LiveRequest live_request(const Services& services, TenantId tenant, const LiveSubscribe& subscribe) {
  return {tenant,
          subscribe.query,
          subscribe.interval,
          subscribe.history,
          services.options.limits,
          subscribe.resume_after_ms};
}

bool live_ready(const Services& services, size_t queued_bytes) {
  return queued_bytes <= kQueuedBytesReady && (!services.readable || services.readable().ok());
}

net::WebSocketCallbacks start_live_session(Services& services, std::string tenant_name,
                                           std::shared_ptr<net::WebSocket> socket,
                                           telemetry::Gauge& connections) {
  auto session = std::make_shared<LiveSession>(services, std::move(tenant_name), std::move(socket));
  connections.add(1);
  net::WebSocketCallbacks callbacks;
  callbacks.on_text = [session](std::string_view text) { session->on_text(text); };
  callbacks.on_close = [session, &connections] {
    session->close();
    connections.add(-1);
  };
  return callbacks;
}

}  // namespace weir::gateway
