#pragma once

#include <functional>
#include <memory>
#include <string>

#include "os/threads.h"
#include "query/engine.h"
#include "store/views/selector_views.h"
#include "stream/live/live_request.h"
#include "stream/live/live_times.h"
#include "telemetry/metrics.h"

namespace weir::stream {

struct LiveHubOptions {
  size_t threads = 2;
  size_t series_max = 1'000;  ///< Of one subscription.
  size_t subscriptions_max = 10'000;
  /// Where there is no watermark, time t is evaluated this long after t, so that its samples are there.
  os::milliseconds settle{150};
  /// With a watermark, t is evaluated as soon as that has reached it, and at the latest this long after t;
  /// the frame then says that it is not complete. More makes for fewer of those, and later ones.
  os::milliseconds watermark_wait_max{2'000};
  size_t history_points_max = 1'000;  ///< The history's step is chosen so that no series has more.
  /// A history with more values than that, of all series, loses its oldest times: a frame must fit into the
  /// queue of its connection, at 20 bytes a value or so.
  size_t history_values_max = 40'000;
  /// How far back the times lie that one who comes back is sent.
  os::milliseconds resume_max{86'400'000};
};

/// Has views of what a query selects for as long as the result lives; null where it has none.
using HoldViewsFunction =
    std::function<std::unique_ptr<store::SelectorViews::Hold>(TenantId tenant, const std::string& query)>;

/// What a hub works with. All outlives it, and so does what the functions use.
struct LiveHubParts {
  const query::Engine& engine;
  os::Clock& clock;
  telemetry::Registry& registry;
  WatermarkFunction watermark_ms = {};  ///< May be empty.
  HoldViewsFunction hold_views = {};    ///< May be empty. Of the store that `engine` reads.
};

/// Evaluates subscribed queries at their intervals. Each evaluation time is a whole multiple of the interval,
/// so equal subscriptions see equal times, and share the evaluation: those of one tenant whose queries mean
/// the same, with equal limits and intervals. A query that takes longer than its interval is asked less
/// often, and delays only those who ask the same. Safe from any thread.
class LiveHub {
 public:
  class Subscription;

  /// Every subscription is destroyed before the hub.
  LiveHub(const LiveHubOptions& options, const LiveHubParts& parts);
  ~LiveHub();

  /// Starts a subscription, which lasts until the result is destroyed (from any thread; that never waits).
  /// The first frame comes at once. kInvalidArgument for a query that can give no frames, with its position,
  /// or a time to resume from that is still to come; kResourceExhausted beyond `subscriptions_max`, and for a
  /// text beyond the engine's limits.
  Result<std::unique_ptr<Subscription>> subscribe(LiveRequest request, LiveSink sink);
  /// Fails as `subscribe` would for this request, but for `subscriptions_max`.
  Status check(const LiveRequest& request) const;

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
