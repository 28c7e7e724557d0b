#include "stream/live/live_hub.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include <fmt/format.h>

namespace weir::stream {
namespace {

int64_t floor_to(int64_t value, int64_t step) {
  return value - value % step;
}

/// One subscription's work. Run by one thread at a time, as the schedule holds a query once; `cancel` is for
/// any thread.
class LiveQuery {
 public:
  LiveQuery(const query::Engine& engine, const LiveHubOptions& options, os::Clock& clock, LiveRequest request,
            LiveSink sink)
      : engine_(engine),
        options_(options),
        clock_(clock),
        request_(std::move(request)),
        sink_(std::move(sink)),
        delta_(options.series_max) {}

  const LiveRequest& request() const { return request_; }

  void cancel() { cancelled_ = true; }

  /// Evaluates at `at_ms` and delivers. Returns false when the subscription has ended.
  bool run(TimestampMs at_ms) {
    if (cancelled_) return false;
    if (sink_.ready && !sink_.ready()) return true;
    if (request_.history.count() > 0 && !history_sent_ && !deliver_history(at_ms)) return !cancelled_;
    Result<LiveFrame> frame = evaluate(at_ms);
    if (!frame.ok()) return deliver_error(std::move(frame).error());
    sink_.deliver(LiveUpdate(std::move(frame).value()));
    return true;
  }

 private:
  query::QueryContext context() const {
    const auto timeout = std::min<int64_t>(request_.limits.query_timeout_ms, 10'000);
    return {request_.tenant, request_.limits, Deadline::after(clock_, os::milliseconds(timeout))};
  }

  Result<LiveFrame> evaluate(TimestampMs at_ms) {
    ASSIGN_OR_RETURN(query::QueryResult result, engine_.instant(context(), request_.query, at_ms));
    if (auto* vector = std::get_if<query::VectorValue>(&result.value))
      return delta_.next(at_ms, vector->series);
    if (auto* scalar = std::get_if<query::Scalar>(&result.value)) {
      std::vector<query::ResultSeries> one(1);
      one[0].points.push_back(scalar->timestamp_ms, scalar->value);
      return delta_.next(at_ms, one);
    }
    return invalid_argument("live query: the expression must give an instant vector or a scalar");
  }

  /// False when it could not be delivered: the error has been.
  bool deliver_history(TimestampMs at_ms) {
    const int64_t interval = request_.interval.count();
    const auto points = static_cast<int64_t>(options_.history_points_max);
    const int64_t step =
        interval * std::max<int64_t>(1, (request_.history.count() / interval + points - 1) / points);
    const query::Engine::Range range{floor_to(at_ms - request_.history.count(), step), at_ms, step};
    auto result = engine_.range(context(), request_.query, range);
    if (!result.ok()) return deliver_error(std::move(result).error()), false;
    auto* matrix = std::get_if<query::MatrixValue>(&result->value);
    auto history =
        delta_.history(range, matrix ? std::move(matrix->series) : std::vector<query::ResultSeries>());
    if (!history.ok()) return deliver_error(std::move(history).error()), false;
    history_sent_ = true;
    sink_.deliver(LiveUpdate(std::move(history).value()));
    return true;
  }

  /// Tells the subscriber; an error that cannot pass by itself ends the subscription.
  bool deliver_error(Error error) {
    if (!error.retryable() || error.code == Code::kResourceExhausted) cancelled_ = true;
    sink_.deliver(LiveUpdate(std::move(error)));
    return !cancelled_;
  }

  const query::Engine& engine_;
  const LiveHubOptions& options_;
  os::Clock& clock_;
  const LiveRequest request_;
  const LiveSink sink_;
  LiveDelta delta_;
  bool history_sent_ = false;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace

/// The schedule: a queue of (due time, query) that worker threads take from. A query is in the queue or at a
/// worker, never both, so one that is slow only comes back later.
class LiveHub::Impl {
 public:
  Impl(const query::Engine& engine, const LiveHubOptions& options, os::Clock& clock,
       telemetry::Registry& registry)
      : engine_(engine),
        options_(options),
        clock_(clock),
        evaluations_(registry.counter("weir_live_evaluations_total", "Live queries evaluated.")),
        seconds_(registry.histogram("weir_live_evaluation_duration_seconds",
                                    "Time of one live evaluation and delivery.",
                                    telemetry::duration_bounds())) {
    gauge_ = registry.observe_gauge("weir_live_subscriptions", "Live queries subscribed to.", {},
                                    [this] { return static_cast<double>(count()); });
    for (size_t i = 0; i < std::max<size_t>(1, options_.threads); ++i) {
      threads_.emplace_back(fmt::format("live-{}", i), [this](std::stop_token stop) { work(stop); });
    }
  }

  ~Impl() {
    for (os::Thread& thread : threads_) thread.request_stop();
    for (os::Thread& thread : threads_) thread.join();
  }

  Result<std::shared_ptr<LiveQuery>> add(LiveRequest request, LiveSink sink) {
    auto query = std::make_shared<LiveQuery>(engine_, options_, clock_, std::move(request), std::move(sink));
    {
      std::lock_guard lock(mutex_);
      if (count_ >= options_.subscriptions_max) {
        return resource_exhausted(fmt::format("live queries: {} are subscribed, the limit", count_));
      }
      ++count_;
      queue_.emplace(clock_.steady(), query);  // the first frame goes out at once
    }
    changed_.notify_one();
    return query;
  }

  void remove(LiveQuery& query) {
    query.cancel();
    std::lock_guard lock(mutex_);
    --count_;
  }

  size_t count() const {
    std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  using Queue = std::multimap<os::SteadyTime, std::shared_ptr<LiveQuery>>;

  void work(std::stop_token stop) {
    while (std::shared_ptr<LiveQuery> query = take(stop)) {
      const auto started = clock_.steady();
      const int64_t interval = query->request().interval.count();
      const TimestampMs at_ms = floor_to(clock_.wall_ms() - options_.settle.count(), interval);
      const bool goes_on = query->run(std::max<TimestampMs>(0, at_ms));
      evaluations_.add();
      seconds_.observe(std::chrono::duration<double>(clock_.steady() - started).count());
      if (goes_on) put_back(std::move(query), at_ms + interval);
    }
  }

  /// Waits for the next query that is due; null when asked to stop.
  std::shared_ptr<LiveQuery> take(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      if (queue_.empty()) {
        changed_.wait(lock, stop, [this] { return !queue_.empty(); });
        continue;
      }
      const os::SteadyTime due = queue_.begin()->first;
      if (due <= clock_.steady()) {
        auto query = std::move(queue_.begin()->second);
        queue_.erase(queue_.begin());
        return query;
      }
      changed_.wait_until(lock, stop, due,
                          [this, due] { return !queue_.empty() && queue_.begin()->first < due; });
    }
    return nullptr;
  }

  void put_back(std::shared_ptr<LiveQuery> query, TimestampMs next_at_ms) {
    const int64_t wait_ms = std::max<int64_t>(1, next_at_ms + options_.settle.count() - clock_.wall_ms());
    const auto due = clock_.steady() + os::milliseconds(std::min(wait_ms, query->request().interval.count()));
    std::lock_guard lock(mutex_);
    queue_.emplace(due, std::move(query));
    changed_.notify_one();
  }

  const query::Engine& engine_;
  const LiveHubOptions options_;
  os::Clock& clock_;
  telemetry::Counter& evaluations_;
  telemetry::Histogram& seconds_;
  std::unique_ptr<telemetry::Registry::Handle> gauge_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Queue queue_;       // guarded by mutex_
  size_t count_ = 0;  // guarded by mutex_
  std::vector<os::Thread> threads_;
};

namespace {

template <typename Hub>
class HubSubscription : public LiveHub::Subscription {
 public:
  HubSubscription(Hub& hub, std::shared_ptr<LiveQuery> query) : hub_(hub), query_(std::move(query)) {}
  ~HubSubscription() override { hub_.remove(*query_); }

 private:
  Hub& hub_;
  std::shared_ptr<LiveQuery> query_;
};

}  // namespace

LiveHub::LiveHub(const query::Engine& engine, const LiveHubOptions& options, os::Clock& clock,
                 telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(engine, options, clock, registry)) {}

LiveHub::~LiveHub() = default;

Result<std::unique_ptr<LiveHub::Subscription>> LiveHub::subscribe(LiveRequest request, LiveSink sink) {
  ASSIGN_OR_RETURN(auto query, impl_->add(std::move(request), std::move(sink)));
  return std::unique_ptr<Subscription>(std::make_unique<HubSubscription<Impl>>(*impl_, std::move(query)));
}

size_t LiveHub::subscription_count() const {
  return impl_->count();
}

}  // namespace weir::stream
