#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "model/limits.h"
#include "model/tenant_id.h"
#include "os/clock.h"
#include "os/threads.h"
#include "query/engine.h"
#include "stream/live/live_delta.h"
#include "telemetry/metrics.h"

namespace weir::stream {

struct LiveRequest {
  TenantId tenant;
  std::string query;
  os::milliseconds interval{1'000};
  os::milliseconds history{0};  ///< 0: none.
  Limits limits;
};

/// What a subscriber is sent. An Error that is not retryable ends the subscription.
using LiveUpdate = std::variant<LiveHistory, LiveFrame, Error>;

struct LiveSink {
  /// One at a time, from threads of the hub; must not block. A delivery that is under way when the
  /// subscription is destroyed still ends, so the function owns what it uses.
  std::function<void(const LiveUpdate&)> deliver;
  /// False while the peer is behind: the interval is skipped, and what changed is folded into a later frame.
  /// May be empty.
  std::function<bool()> ready;
};

struct LiveHubOptions {
  size_t threads = 2;
  size_t series_max = 1'000;  ///< Of one subscription.
  size_t subscriptions_max = 10'000;
  os::milliseconds settle{150};  ///< Time t is evaluated this long after t, so that its samples are there.
  size_t history_points_max = 1'000;  ///< The history's step is chosen so that no series has more.
};

/// Evaluates subscribed queries at their intervals. Each evaluation time is a whole multiple of the interval,
/// so equal subscriptions see equal times. A query that takes longer than its interval is asked less often,
/// and delays only itself. Safe from any thread.
class LiveHub {
 public:
  class Subscription;

  /// All outlive the hub; every subscription is destroyed before it.
  LiveHub(const query::Engine& engine, const LiveHubOptions& options, os::Clock& clock,
          telemetry::Registry& registry);
  ~LiveHub();

  /// Starts a subscription, which lasts until the result is destroyed (from any thread; that never waits).
  /// kResourceExhausted beyond `subscriptions_max`.
  Result<std::unique_ptr<Subscription>> subscribe(LiveRequest request, LiveSink sink);

  size_t subscription_count() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

class LiveHub::Subscription {
 public:
  virtual ~Subscription() = default;
};

}  // namespace weir::stream
