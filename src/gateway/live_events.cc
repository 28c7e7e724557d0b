#include "gateway/live_events.h"

#include <mutex>

#include "gateway/live_session.h"

namespace weir::gateway {
namespace {

/// A comment, which clients skip. Proxies cut what is silent for a minute or so.
constexpr std::string_view kHeartbeat = ": alive\n\n";
constexpr os::milliseconds kHeartbeatInterval{15'000};

/// One event stream. Kept by its subscription, and by the connection until that closes.
class LiveEvents : public std::enable_shared_from_this<LiveEvents> {
 public:
  LiveEvents(Services& services, std::shared_ptr<net::AnswerStream> stream)
      : services_(services), stream_(std::move(stream)) {}

  void start(stream::LiveRequest request) {
    stream::LiveSink sink;
    sink.deliver = [self = shared_from_this()](const stream::LiveUpdate& update) { self->deliver(update); };
    sink.ready = [&services = services_, stream = stream_] {
      return live_ready(services, stream->queued_bytes());
    };
    auto subscription = services_.reading().live.subscribe(std::move(request), std::move(sink));
    if (!subscription.ok()) return deliver(std::move(subscription).error());
    std::lock_guard lock(mutex_);
    subscription_ = *std::move(subscription);
  }

  void close() {
    std::unique_ptr<stream::LiveHub::Subscription> ended;  // destroyed outside of the lock
    std::lock_guard lock(mutex_);
    ended = std::move(subscription_);
  }

 private:
  void deliver(const stream::LiveUpdate& update) {
    stream_->send(std::make_shared<const std::string>(encode_live_event(update)));
    const auto* error = std::get_if<Error>(&update);
    if (error != nullptr && stream::ends_live_query(*error)) stream_->end();
  }

  Services& services_;
  const std::shared_ptr<net::AnswerStream> stream_;
  std::mutex mutex_;
  std::unique_ptr<stream::LiveHub::Subscription> subscription_;  // guarded by mutex_
};

}  // namespace

std::shared_ptr<net::StreamedBody> live_events(Services& services, stream::LiveRequest request,
                                               telemetry::Gauge& connections) {
  auto body = std::make_shared<net::StreamedBody>();
  body->idle_bytes = kHeartbeat;
  body->idle_interval = kHeartbeatInterval;
  body->start = [&services, &connections,
                 request = std::move(request)](std::shared_ptr<net::AnswerStream> stream) {
    auto events = std::make_shared<LiveEvents>(services, std::move(stream));
    connections.add(1);
    events->start(request);
    return [events, &connections] {
      events->close();
      connections.add(-1);
    };
  };
  return body;
}

}  // namespace weir::gateway
