#include "notify/delivery_queue.h"

#include <algorithm>

namespace weir::notify {

bool DeliveryQueue::push(Notification&& notification, os::SteadyTime now, os::SteadyTime give_up_at) {
  const auto lane = lanes_.try_emplace({notification.target.receiver, notification.target.integration}).first;
  std::list<Job>& jobs = lane->second.jobs;
  std::erase_if(jobs, [&](const Job& job) { return job.notification.target == notification.target; });
  const TenantId tenant = notification.target.tenant;
  const auto waiting = std::count_if(
      jobs.begin(), jobs.end(), [&](const Job& job) { return job.notification.target.tenant == tenant; });
  if (static_cast<size_t>(waiting) >= options_.lane_max) return false;
  jobs.push_back({std::move(notification), 1, now, give_up_at});
  return true;
}

std::list<DeliveryQueue::Job>::iterator DeliveryQueue::ready_job(LaneState& lane, os::SteadyTime now) {
  if (lane.busy || lane.not_before > now) return lane.jobs.end();
  const auto first = std::min_element(lane.jobs.begin(), lane.jobs.end(),
                                      [](const Job& a, const Job& b) { return a.at < b.at; });
  return first != lane.jobs.end() && first->at <= now ? first : lane.jobs.end();
}

std::optional<DeliveryQueue::Work> DeliveryQueue::take(os::SteadyTime now) {
  auto lane = lanes_.upper_bound(last_);
  for (size_t i = 0; i < lanes_.size(); ++i, ++lane) {
    if (lane == lanes_.end()) lane = lanes_.begin();
    const auto job = ready_job(lane->second, now);
    if (job == lane->second.jobs.end()) continue;
    Work work{lane->first, std::move(job->notification), job->attempt, job->give_up_at};
    lane->second.jobs.erase(job);
    lane->second.busy = true;
    last_ = lane->first;
    return work;
  }
  return std::nullopt;
}

os::milliseconds DeliveryQueue::pause_after(uint32_t attempt) {
  const uint32_t doublings = std::min(attempt - 1, 20u);
  const os::milliseconds pause =
      std::min(options_.backoff_min * (int64_t{1} << doublings), options_.backoff_max);
  const double factor = 1 + options_.jitter * (2 * random_.unit() - 1);
  return os::milliseconds(static_cast<int64_t>(static_cast<double>(pause.count()) * factor));
}

DeliveryQueue::End DeliveryQueue::finish(const Work& work, const SendOutcome& outcome, os::SteadyTime now) {
  const auto lane = lanes_.find(work.lane);
  LaneState& state = lane->second;
  state.busy = false;
  const auto later = std::find_if(state.jobs.begin(), state.jobs.end(), [&](const Job& job) {
    return job.notification.target == work.notification.target;
  });
  const bool is_superseded = later != state.jobs.end();
  if (outcome.retry_after_ms) state.not_before = now + os::milliseconds(*outcome.retry_after_ms);
  if (outcome.delivered()) {
    // The later one may say what has just been said.
    if (is_superseded && later->notification.incidents == work.notification.incidents &&
        later->notification.resolved == work.notification.resolved) {
      state.jobs.erase(later);
    }
    drop_if_idle(lane);
    return End::kDelivered;
  }
  const os::SteadyTime again_at = std::max(now + pause_after(work.attempt), state.not_before);
  const bool ends = outcome.verdict == SendOutcome::Verdict::kFailed || again_at >= work.give_up_at;
  if (!is_superseded && !ends) {
    state.jobs.push_back({work.notification, work.attempt + 1, again_at, work.give_up_at});
    return End::kAgain;
  }
  drop_if_idle(lane);
  return is_superseded ? End::kSuperseded : End::kFailed;
}

void DeliveryQueue::drop_if_idle(Lanes::iterator lane) {
  if (lane->second.jobs.empty() && !lane->second.busy) lanes_.erase(lane);
}

std::optional<os::SteadyTime> DeliveryQueue::next_at() const {
  std::optional<os::SteadyTime> next;
  for (const auto& [name, lane] : lanes_) {
    if (lane.busy) continue;
    for (const Job& job : lane.jobs) {
      const os::SteadyTime at = std::max(job.at, lane.not_before);
      if (!next || at < *next) next = at;
    }
  }
  return next;
}

size_t DeliveryQueue::size() const {
  size_t size = 0;
  for (const auto& [name, lane] : lanes_) size += lane.jobs.size();
  return size;
}

}  // namespace weir::notify
