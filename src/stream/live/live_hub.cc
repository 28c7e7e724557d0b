#include "stream/live/live_hub.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <variant>

#include <fmt/format.h>

#include "query/parser.h"
#include "stream/live/live_group.h"

namespace weir::stream {
namespace {

/// How far ahead of this clock the time may lie that another process has told a subscriber of.
constexpr int64_t kClockSkewMsMax = 60'000;
/// A peer that is behind before it has been sent anything is looked at so often.
constexpr os::milliseconds kReadyAgain{250};

/// A subscriber on its way to its group: it is brought up to where the group is by itself, so that a long
/// history keeps nobody waiting.
struct Joiner {
  std::shared_ptr<LiveSubscriber> subscriber;
  std::string key;
};
using Job = std::variant<Joiner, std::shared_ptr<LiveGroup>>;

struct HubMetrics {
  explicit HubMetrics(telemetry::Registry& registry)
      : evaluations(registry.counter("weir_live_evaluations_total", "Live queries evaluated.")),
        incomplete(registry.counter("weir_live_incomplete_total",
                                    "Live evaluations whose samples may not all have been there.")),
        seconds(registry.histogram(
            "weir_live_evaluation_duration_seconds",
            "Time of one live evaluation and its deliveries, first ones of subscriptions left out.",
            telemetry::duration_bounds())),
        delay_seconds(registry.histogram("weir_live_delay_seconds",
                                         "Time from an evaluation time to the end of its deliveries.",
                                         telemetry::duration_bounds())) {}

  telemetry::Counter& evaluations;
  telemetry::Counter& incomplete;
  telemetry::Histogram& seconds;
  telemetry::Histogram& delay_seconds;
};

}  // namespace

/// The schedule: a queue of (due time, job) that worker threads take from. A group is in the queue or at a
/// worker, never both, so one that is slow only comes back later; the same holds for a subscriber, which is
/// a job of its own until it is a member of a group.
class LiveHub::Impl {
 public:
  Impl(const LiveHubOptions& options, const LiveHubParts& parts)
      : engine_(parts.engine),
        options_(options),
        clock_(parts.clock),
        hold_views_(parts.hold_views),
        evaluator_(parts.engine, parts.clock),
        times_({options.settle, options.watermark_wait_max, parts.watermark_ms}, parts.clock),
        metrics_(parts.registry) {
    gauges_.push_back(parts.registry.observe_gauge("weir_live_subscriptions", "Live queries subscribed to.",
                                                   {}, [this] { return static_cast<double>(count()); }));
    gauges_.push_back(parts.registry.observe_gauge(
        "weir_live_groups", "Live queries that differ: each is evaluated once a time.", {},
        [this] { return static_cast<double>(group_count()); }));
    for (size_t i = 0; i < std::max<size_t>(1, options_.threads); ++i) {
      threads_.emplace_back(fmt::format("live-{}", i), [this](std::stop_token stop) { work(stop); });
    }
  }

  ~Impl() {
    for (os::Thread& thread : threads_) thread.request_stop();
    for (os::Thread& thread : threads_) thread.join();
  }

  /// The key of its group.
  Result<std::string> check(const LiveRequest& request) const {
    const int64_t ahead_ms = request.resume_after_ms.value_or(0) - clock_.wall_ms();
    if (request.resume_after_ms && (*request.resume_after_ms < 0 || ahead_ms > kClockSkewMsMax)) {
      return invalid_argument(
          fmt::format("resume: time {} is no time that has been evaluated", *request.resume_after_ms));
    }
    ASSIGN_OR_RETURN(const std::string canonical,
                     canonical_live_query(request.query, engine_.parse_limits()));
    return live_group_key(request, canonical);
  }

  Result<std::unique_ptr<Subscription>> subscribe(LiveRequest request, LiveSink sink);
  void remove(LiveSubscriber& subscriber, const std::string& key);

  size_t count() const {
    std::lock_guard lock(mutex_);
    return count_;
  }
  size_t group_count() const {
    std::lock_guard lock(mutex_);
    return groups_.size();
  }

 private:
  // Choosing what to do.
  void work(std::stop_token stop);
  std::optional<Job> take(std::stop_token stop);
  void put(Job job, os::milliseconds wait);

  // A subscriber on its way.
  void run(Joiner joiner);
  std::shared_ptr<const LiveEvaluation> bring_up(LiveSubscriber& subscriber, const std::string& key,
                                                 LiveTimes::Time time);
  std::shared_ptr<const LiveEvaluation> shared_evaluation(const std::string& key, TimestampMs at_ms);
  void join(Joiner joiner, std::shared_ptr<const LiveEvaluation> evaluation);

  // A group.
  void run(const std::shared_ptr<LiveGroup>& group);
  std::optional<LiveTimes::Time> due_time(const LiveGroup& group) const;
  std::shared_ptr<const LiveEvaluation> tell(const LiveRequest& request, LiveTimes::Time time,
                                             const std::vector<LiveSubscriber*>& takers);
  std::vector<std::shared_ptr<LiveSubscriber>> members_of(const std::shared_ptr<LiveGroup>& group);
  void deliver(LiveSubscriber& subscriber, const LiveEvaluation& evaluation);
  void finish(const std::shared_ptr<LiveGroup>& group, TimestampMs at_ms,
              std::shared_ptr<const LiveEvaluation> evaluation);

  Result<std::shared_ptr<const LiveEvaluation>> evaluate(const LiveRequest& request, LiveTimes::Time time);

  const query::Engine& engine_;
  const LiveHubOptions options_;
  os::Clock& clock_;
  const HoldViewsFunction hold_views_;
  const LiveEvaluator evaluator_;
  const LiveTimes times_;
  HubMetrics metrics_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::multimap<os::SteadyTime, Job> queue_;                             // guarded by mutex_
  absl::flat_hash_map<std::string, std::shared_ptr<LiveGroup>> groups_;  // guarded by mutex_
  size_t count_ = 0;                                                     // guarded by mutex_
  std::vector<std::unique_ptr<telemetry::Registry::Handle>> gauges_;
  std::vector<os::Thread> threads_;
};

namespace {

template <typename Hub>
class HubSubscription : public LiveHub::Subscription {
 public:
  HubSubscription(Hub& hub, std::shared_ptr<LiveSubscriber> subscriber, std::string key)
      : hub_(hub), subscriber_(std::move(subscriber)), key_(std::move(key)) {}
  ~HubSubscription() override { hub_.remove(*subscriber_, key_); }

 private:
  Hub& hub_;
  const std::shared_ptr<LiveSubscriber> subscriber_;
  const std::string key_;
};

}  // namespace

Result<std::unique_ptr<LiveHub::Subscription>> LiveHub::Impl::subscribe(LiveRequest request, LiveSink sink) {
  ASSIGN_OR_RETURN(const std::string key, check(request));
  const LiveSubscriber::Bounds bounds{options_.series_max, options_.history_points_max,
                                      options_.history_values_max, options_.resume_max};
  auto subscriber = std::make_shared<LiveSubscriber>(std::move(request), std::move(sink), bounds);
  {
    std::lock_guard lock(mutex_);
    if (count_ >= options_.subscriptions_max) {
      return resource_exhausted(fmt::format("live queries: {} are subscribed, the limit", count_));
    }
    ++count_;
  }
  put(Joiner{subscriber, key}, os::milliseconds(0));
  return std::unique_ptr<Subscription>(
      std::make_unique<HubSubscription<Impl>>(*this, std::move(subscriber), key));
}

void LiveHub::Impl::remove(LiveSubscriber& subscriber, const std::string& key) {
  subscriber.end();
  std::shared_ptr<LiveSubscriber> last;  // what it holds is destroyed outside of the lock
  std::lock_guard lock(mutex_);
  --count_;
  const auto group = groups_.find(key);
  if (group == groups_.end()) return;
  const auto member = group->second->members.find(&subscriber);
  if (member == group->second->members.end()) return;
  last = std::move(member->second);
  group->second->members.erase(member);
}

void LiveHub::Impl::work(std::stop_token stop) {
  while (std::optional<Job> job = take(stop)) std::visit([this](auto& one) { run(std::move(one)); }, *job);
}

/// Waits for the next job that is due; nothing when asked to stop.
std::optional<Job> LiveHub::Impl::take(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (queue_.empty()) {
      changed_.wait(lock, stop, [this] { return !queue_.empty(); });
      continue;
    }
    const os::SteadyTime due = queue_.begin()->first;
    if (due <= clock_.steady()) {
      Job job = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      return job;
    }
    changed_.wait_until(lock, stop, due,
                        [this, due] { return !queue_.empty() && queue_.begin()->first < due; });
  }
  return std::nullopt;
}

void LiveHub::Impl::put(Job job, os::milliseconds wait) {
  const auto due = clock_.steady() + wait;
  {
    std::lock_guard lock(mutex_);
    queue_.emplace(due, std::move(job));
  }
  changed_.notify_one();
}

Result<std::shared_ptr<const LiveEvaluation>> LiveHub::Impl::evaluate(const LiveRequest& request,
                                                                      LiveTimes::Time time) {
  metrics_.evaluations.add();
  if (!time.complete) metrics_.incomplete.add();
  ASSIGN_OR_RETURN(auto series, evaluator_.instant(request, time.at_ms));
  return std::make_shared<const LiveEvaluation>(LiveEvaluation{time.at_ms, time.complete, std::move(series)});
}

void LiveHub::Impl::run(Joiner joiner) {
  LiveSubscriber& subscriber = *joiner.subscriber;
  const LiveRequest& request = subscriber.request();
  if (subscriber.ended()) return;
  if (!subscriber.ready()) return put(std::move(joiner), std::min(request.interval, kReadyAgain));
  const LiveTimes::Time time = times_.newest(request.tenant, request.interval.count());
  if (!subscriber.wants(time.at_ms)) return join(std::move(joiner), nullptr);
  auto evaluation = bring_up(subscriber, joiner.key, time);
  if (subscriber.ended()) return;
  if (evaluation == nullptr) return put(std::move(joiner), request.interval);
  join(std::move(joiner), std::move(evaluation));
}

/// Sends the past and the first frame, and returns what that was made of; null when it has to be tried again.
std::shared_ptr<const LiveEvaluation> LiveHub::Impl::bring_up(LiveSubscriber& subscriber,
                                                              const std::string& key, LiveTimes::Time time) {
  if (!subscriber.deliver_past(evaluator_, time.at_ms)) return nullptr;
  auto evaluation = shared_evaluation(key, time.at_ms);
  if (evaluation == nullptr) {
    auto evaluated = evaluate(subscriber.request(), time);
    if (!evaluated.ok()) return subscriber.deliver_error(evaluated.error(), time.at_ms), nullptr;
    evaluation = *std::move(evaluated);
  }
  deliver(subscriber, *evaluation);
  return evaluation;
}

/// What others have been told of that time; null when there is none.
std::shared_ptr<const LiveEvaluation> LiveHub::Impl::shared_evaluation(const std::string& key,
                                                                       TimestampMs at_ms) {
  std::lock_guard lock(mutex_);
  const auto group = groups_.find(key);
  if (group == groups_.end() || group->second->newest == nullptr) return nullptr;
  return group->second->newest->at_ms == at_ms ? group->second->newest : nullptr;
}

/// Makes it a member of its group, or the first of a new one, which begins with `evaluation`; that may be
/// null.
void LiveHub::Impl::join(Joiner joiner, std::shared_ptr<const LiveEvaluation> evaluation) {
  std::shared_ptr<LiveGroup> created;
  {
    std::lock_guard lock(mutex_);
    const LiveSubscriber* subscriber = joiner.subscriber.get();
    // Looked at under the lock: `remove` finds only what is a member.
    if (subscriber->ended()) return;
    std::shared_ptr<LiveGroup>& group = groups_[joiner.key];
    if (group == nullptr) {
      group = std::make_shared<LiveGroup>(joiner.key, subscriber->request(), *subscriber->next_ms());
      group->newest = std::move(evaluation);
      created = group;
    }
    group->members.emplace(subscriber, std::move(joiner.subscriber));
  }
  if (!created) return;
  if (hold_views_) created->views = hold_views_(created->request.tenant, created->request.query);
  put(created, times_.wait_for(created->request.tenant, created->next_ms));
}

void LiveHub::Impl::run(const std::shared_ptr<LiveGroup>& group) {
  const auto members = members_of(group);
  if (members.empty()) return;
  const std::optional<LiveTimes::Time> time = due_time(*group);
  if (!time) return put(group, times_.wait_for(group->request.tenant, group->next_ms));
  std::vector<LiveSubscriber*> takers;
  for (const auto& member : members) {
    if (!member->ready()) {
      member->joined();  // what it misses is folded
    } else if (member->wants(time->at_ms)) {
      takers.push_back(member.get());
    }
  }
  std::shared_ptr<const LiveEvaluation> evaluation;
  if (!takers.empty()) evaluation = tell(group->request, *time, takers);
  finish(group, time->at_ms, std::move(evaluation));
}

/// Evaluates once and sends all of them what it gave; null when it failed.
std::shared_ptr<const LiveEvaluation> LiveHub::Impl::tell(const LiveRequest& request, LiveTimes::Time time,
                                                          const std::vector<LiveSubscriber*>& takers) {
  const auto started = clock_.steady();
  const auto evaluation = evaluate(request, time);
  for (LiveSubscriber* taker : takers) {
    if (!evaluation.ok()) {
      taker->deliver_error(evaluation.error(), time.at_ms);
    } else if (taker->deliver_past(evaluator_, time.at_ms)) {
      deliver(*taker, **evaluation);
    }
    taker->joined();
  }
  metrics_.seconds.observe(std::chrono::duration<double>(clock_.steady() - started).count());
  metrics_.delay_seconds.observe(static_cast<double>(clock_.wall_ms() - time.at_ms) / 1000);
  return evaluation.ok() ? *evaluation : nullptr;
}

/// Its members; without any, it is forgotten.
std::vector<std::shared_ptr<LiveSubscriber>> LiveHub::Impl::members_of(
    const std::shared_ptr<LiveGroup>& group) {
  std::lock_guard lock(mutex_);
  auto members = group->going_on();
  if (members.empty()) groups_.erase(group->key);
  return members;
}

/// What can be evaluated now, if the group has not had it.
std::optional<LiveTimes::Time> LiveHub::Impl::due_time(const LiveGroup& group) const {
  const LiveTimes::Time time = times_.newest(group.request.tenant, group.interval_ms());
  // A next time so far ahead is one of a clock that has been set back since.
  const bool set_back = group.next_ms > clock_.wall_ms() + group.interval_ms();
  if (time.at_ms < group.next_ms && !set_back) return std::nullopt;
  return time;
}

/// With the times before it, in frames of their own, that have passed since the subscriber was on its way.
void LiveHub::Impl::deliver(LiveSubscriber& subscriber, const LiveEvaluation& evaluation) {
  while (const auto owed_ms = subscriber.owed_before(evaluation.at_ms)) {
    const auto owed = evaluate(subscriber.request(), {*owed_ms, evaluation.complete});
    if (owed.ok()) {
      subscriber.deliver(**owed);
    } else {
      subscriber.deliver_error(owed.error(), *owed_ms);
    }
  }
  subscriber.deliver(evaluation);
}

void LiveHub::Impl::finish(const std::shared_ptr<LiveGroup>& group, TimestampMs at_ms,
                           std::shared_ptr<const LiveEvaluation> evaluation) {
  {
    std::lock_guard lock(mutex_);
    group->newest.swap(evaluation);  // the old one is destroyed outside of the lock
  }
  group->next_ms = at_ms + group->interval_ms();
  put(group, times_.wait_for(group->request.tenant, group->next_ms));
}

LiveHub::LiveHub(const LiveHubOptions& options, const LiveHubParts& parts)
    : impl_(std::make_unique<Impl>(options, parts)) {}

LiveHub::~LiveHub() = default;

Status LiveHub::check(const LiveRequest& request) const {
  const auto key = impl_->check(request);
  return key.ok() ? ok_status() : Status(key.error());
}

Result<std::unique_ptr<LiveHub::Subscription>> LiveHub::subscribe(LiveRequest request, LiveSink sink) {
  return impl_->subscribe(std::move(request), std::move(sink));
}

size_t LiveHub::subscription_count() const {
  return impl_->count();
}

}  // namespace weir::stream
