#include "notify/delivery.h"

#include <chrono>

#include <fmt/format.h>

#include "os/random.h"
#include "telemetry/logger.h"

namespace weir::notify {
namespace {

constexpr os::milliseconds kIdleWait{60'000};

}  // namespace

Delivery::Delivery(DeliveryOptions options, telemetry::Registry& registry, Settled settled)
    : options_(options),
      metrics_(registry),
      settled_(std::move(settled)),
      queue_(options.queue, os::random_seed()) {
  for (size_t i = 0; i < options_.threads; ++i)
    threads_.emplace_back(fmt::format("notify-{}", i), [this](std::stop_token stop) { run(stop); });
}

Delivery::~Delivery() {
  for (os::Thread& thread : threads_) thread.request_stop();
  threads_.clear();
}

void Delivery::set_senders(Senders senders) {
  std::lock_guard lock(mutex_);
  senders_ = std::move(senders);
}

void Delivery::push(Notification notification) {
  const os::SteadyTime now = clock_.steady();
  const os::milliseconds budget(notification.expires_at_ms - notification.made_at_ms);
  bool taken = false;
  {
    std::lock_guard lock(mutex_);
    taken = queue_.push(std::move(notification), now, now + budget);
    ++changes_;
  }
  changed_.notify_all();
  if (taken) return;
  const Lane lane{notification.target.receiver, notification.target.integration};
  settle(
      {lane, std::move(notification), 1, now}, DeliveryQueue::End::kFailed,
      {SendOutcome::Verdict::kFailed, fmt::format("{} others wait, the limit", options_.queue.lane_max), {}});
}

void Delivery::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::optional<DeliveryQueue::Work> work;
    {
      std::unique_lock lock(mutex_);
      work = queue_.take(clock_.steady());
      if (!work) {
        const os::SteadyTime until = queue_.next_at().value_or(clock_.steady() + kIdleWait);
        changed_.wait_until(lock, stop, until, [&, seen = changes_] { return changes_ != seen; });
        continue;
      }
    }
    attempt(*work);
  }
}

void Delivery::attempt(const DeliveryQueue::Work& work) {
  std::shared_ptr<Sender> sender;
  {
    std::lock_guard lock(mutex_);
    const auto found = senders_.find(work.lane);
    if (found != senders_.end()) sender = found->second;
  }
  const DeliveryMetrics::OfKind& metrics = metrics_.of(work.lane.integration);
  const os::SteadyTime started = clock_.steady();
  const SendOutcome outcome = sender != nullptr
                                  ? sender->send(work.notification)
                                  : SendOutcome{SendOutcome::Verdict::kFailed, "the receiver is gone", {}};
  const os::SteadyTime now = clock_.steady();
  metrics.requests->add();
  if (!outcome.delivered()) metrics.requests_failed->add();
  metrics.latency->observe(std::chrono::duration<double>(now - started).count());
  DeliveryQueue::End end;
  {
    std::lock_guard lock(mutex_);
    end = queue_.finish(work, outcome, now);
    ++changes_;
  }
  changed_.notify_all();
  settle(work, end, outcome);
}

void Delivery::settle(const DeliveryQueue::Work& work, DeliveryQueue::End end, const SendOutcome& outcome) {
  const Notification& told = work.notification;
  const auto say = [&](telemetry::Level level, std::string_view message) {
    telemetry::log_line(level, "notify", message,
                        {{"receiver", work.lane.receiver},
                         {"integration", work.lane.integration},
                         {"group", told.target.group_key},
                         {"tenant", told.target.tenant.value()},
                         {"alerts", static_cast<uint64_t>(told.alerts.size())},
                         {"attempt", static_cast<uint64_t>(work.attempt)},
                         {"error", outcome.error}});
  };
  if (end == DeliveryQueue::End::kAgain)
    return say(telemetry::Level::kWarn, "a notification failed and will be tried again");
  if (end == DeliveryQueue::End::kSuperseded)
    return say(telemetry::Level::kWarn, "a notification failed; a later one takes its place");
  const bool delivered = end == DeliveryQueue::End::kDelivered;
  const DeliveryMetrics::OfKind& metrics = metrics_.of(work.lane.integration);
  metrics.notifications->add();
  if (!delivered) metrics.failed->add();
  say(delivered ? telemetry::Level::kDebug : telemetry::Level::kError,
      delivered ? "a notification was delivered" : "a notification could not be delivered");
  settled_(told, delivered);
}

}  // namespace weir::notify
