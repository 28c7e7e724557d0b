#include "notify/dispatcher.h"

#include <algorithm>

#include <fmt/format.h>

#include "notify/inhibitor.h"

namespace weir::notify {
namespace {

constexpr int64_t kRetryMsMin = 10'000;

}  // namespace

Dispatcher::Dispatcher(std::shared_ptr<const Config> config, DispatcherOptions options, Silenced silenced)
    : config_(std::move(config)), options_(options), silenced_(std::move(silenced)) {}

size_t Dispatcher::alert_count(TenantId tenant) const {
  const auto found = alert_counts_.find(tenant);
  return found == alert_counts_.end() ? 0 : found->second;
}

Status Dispatcher::insert(TenantId tenant, std::span<const Alert> alerts, TimestampMs now_ms) {
  follow_clock(now_ms);
  ++sequence_;
  size_t refused = 0;
  for (const Alert& alert : alerts) {
    bool taken = true;
    for (const Route* route : matching_routes(config_->root, alert.labels))
      taken = insert_into(tenant, *route, alert, now_ms) && taken;
    refused += taken ? 0 : 1;
  }
  if (refused == 0) return ok_status();
  return resource_exhausted(fmt::format("alerts: {} of {} not taken, limit {} of a tenant", refused,
                                        alerts.size(), options_.alerts_per_tenant_max));
}

bool Dispatcher::insert_into(TenantId tenant, const Route& route, const Alert& alert, TimestampMs now_ms) {
  GroupId id{tenant, &route, route.group_labels(alert.labels)};
  auto group = groups_.find(id);
  const bool is_known = group != groups_.end() && group->second.alerts.contains(alert.labels);
  size_t& count = alert_counts_[tenant];
  if (!is_known && count >= options_.alerts_per_tenant_max) return false;
  if (!is_known) ++count;
  if (group == groups_.end()) {
    group = groups_.try_emplace(std::move(id)).first;
    group->second.receiver = config_->receiver(route.receiver);
    group->second.next_ms = now_ms + route.group_wait_ms;
    timers_.emplace(group->second.next_ms, &group->first);
    by_key_[{tenant, group_key(route, group->first.labels)}].insert(&group->first);
  }
  group->second.alerts.insert_or_assign(alert.labels, Member{alert, sequence_});
  // What has waited elsewhere, as alerts do that are handed in again after a restart, does not wait here.
  if (!group->second.flushed && alert.starts_at_ms + route.group_wait_ms < now_ms) schedule(group, now_ms);
  return true;
}

void Dispatcher::schedule(Groups::iterator group, TimestampMs at_ms) {
  timers_.erase({group->second.next_ms, &group->first});
  group->second.next_ms = at_ms;
  timers_.emplace(at_ms, &group->first);
}

// A clock that steps back takes the turns of the groups along, so that none is late by as much.
void Dispatcher::follow_clock(TimestampMs now_ms) {
  const int64_t back_ms = last_now_ms_ - now_ms;
  last_now_ms_ = now_ms;
  if (back_ms <= 0) return;
  timers_.clear();
  for (auto& [id, group] : groups_) {
    group.next_ms -= back_ms;
    timers_.emplace(group.next_ms, &id);
  }
}

std::optional<TimestampMs> Dispatcher::next_due_ms() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

std::vector<Notification> Dispatcher::due(TimestampMs now_ms) {
  follow_clock(now_ms);
  std::vector<GroupId> ready;
  for (const auto& [at_ms, id] : timers_) {
    if (at_ms > now_ms) break;
    ready.push_back(*id);
  }
  std::sort(ready.begin(), ready.end());
  std::vector<Notification> out;
  std::map<TenantId, Inhibitor> inhibitors;
  for (const GroupId& id : ready) {
    auto inhibitor = inhibitors.find(id.tenant);
    if (inhibitor == inhibitors.end())
      inhibitor = inhibitors.emplace(id.tenant, inhibitor_of(id.tenant, now_ms)).first;
    flush(groups_.find(id), inhibitor->second, now_ms, out);
  }
  if (!ready.empty()) log_.forget(now_ms);
  return out;
}

Inhibitor Dispatcher::inhibitor_of(TenantId tenant, TimestampMs now_ms) const {
  Inhibitor inhibitor(config_->inhibit_rules);
  if (config_->inhibit_rules.empty()) return inhibitor;
  for (const auto& [id, group] : groups_) {
    if (id.tenant != tenant) continue;
    for (const auto& [labels, member] : group.alerts) {
      if (!member.alert.is_resolved(now_ms)) inhibitor.add(labels);
    }
  }
  return inhibitor;
}

void Dispatcher::flush(Groups::iterator at, const Inhibitor& inhibitor, TimestampMs now_ms,
                       std::vector<Notification>& out) {
  auto& [id, group] = *at;
  schedule(at, now_ms + id.route->group_interval_ms);
  group.flushed = true;
  group.flushed_at_ms = now_ms;
  group.flushed_sequence = sequence_;
  const State state = state_of(id, group, inhibitor, now_ms);
  const bool has_alerts = !state.firing.empty() || !state.resolved.empty();
  if (has_alerts && !id.route->is_muted(now_ms)) {
    for (const Integration& integration : group.receiver->integrations)
      tell(id, group, integration, state, now_ms, out);
  }
  clean_up(at);
}

Dispatcher::State Dispatcher::state_of(const GroupId& id, const Group& group, const Inhibitor& inhibitor,
                                       TimestampMs now_ms) const {
  State state;
  for (const auto& [labels, member] : group.alerts) {
    if (inhibitor.inhibits(labels) || (silenced_ && silenced_(id.tenant, labels, now_ms))) continue;
    const bool resolved = member.alert.is_resolved(now_ms);
    (resolved ? state.resolved : state.firing).emplace(fingerprint(labels), member.alert);
  }
  for (auto& [print, alert] : state.firing) alert.ends_at_ms.reset();
  return state;
}

void Dispatcher::tell(const GroupId& id, Group& group, const Integration& integration, const State& state,
                      TimestampMs now_ms, std::vector<Notification>& out) {
  Notification told;
  told.target = {id.tenant, group_key(*id.route, id.labels), group.receiver->name, integration.name()};
  const NotificationLog::Entry* last = log_.find(told.target);
  for (const auto& [print, alert] : state.firing) {
    told.firing.push_back(print);
    told.incidents.push_back(incident(alert));
    told.alerts.push_back(alert);
  }
  for (const auto& [print, alert] : state.resolved) {
    if (last == nullptr || !last->is_known(print)) continue;
    told.resolved.push_back(print);
    if (integration.send_resolved) told.alerts.push_back(alert);
  }
  std::sort(told.incidents.begin(), told.incidents.end());
  told.repeat_interval_ms = id.route->repeat_interval_ms;
  if (!needs_telling(last, told, integration.send_resolved, now_ms)) return;
  told.group_labels = id.labels;
  std::sort(told.alerts.begin(), told.alerts.end(),
            [](const Alert& a, const Alert& b) { return listed_before(a.labels, b.labels); });
  told.made_at_ms = now_ms;
  told.expires_at_ms =
      now_ms + std::max(kRetryMsMin, std::min(id.route->group_interval_ms, options_.retry_ms_max));
  if (told.alerts.empty()) return log_.record(told, now_ms);  // all have ended, which is not to be told
  const auto pending = group.pending.find(told.target.integration);
  const bool on_its_way = pending != group.pending.end() && pending->second.incidents == told.incidents &&
                          pending->second.resolved == told.resolved;
  if (on_its_way) return;
  group.pending[told.target.integration] = {told.incidents, told.resolved};
  out.push_back(std::move(told));
}

void Dispatcher::settle(const Notification& told, bool delivered, TimestampMs now_ms) {
  if (delivered) log_.record(told, now_ms);
  const auto found = by_key_.find({told.target.tenant, told.target.group_key});
  if (found == by_key_.end()) return;
  const std::vector<const GroupId*> ids(found->second.begin(), found->second.end());
  for (const GroupId* id : ids) {
    const auto at = groups_.find(*id);
    Group& group = at->second;
    const auto pending = group.pending.find(told.target.integration);
    const bool is_last = group.receiver->name == told.target.receiver && pending != group.pending.end() &&
                         pending->second.incidents == told.incidents &&
                         pending->second.resolved == told.resolved;
    if (!is_last) continue;  // a later one is on its way
    group.pending.erase(pending);
    clean_up(at);
  }
}

bool Dispatcher::is_end_untold(const GroupId& id, const Group& group, LabelsView labels) const {
  return std::any_of(
      group.receiver->integrations.begin(), group.receiver->integrations.end(),
      [&](const Integration& integration) {
        if (!integration.send_resolved) return false;
        const NotificationLog::Entry* last =
            log_.find({id.tenant, group_key(*id.route, id.labels), group.receiver->name, integration.name()});
        return last != nullptr && last->is_known(fingerprint(labels));
      });
}

void Dispatcher::clean_up(Groups::iterator at) {
  const GroupId& id = at->first;
  Group& group = at->second;
  if (!group.flushed || !group.pending.empty()) return;
  const size_t removed = std::erase_if(group.alerts, [&](const auto& entry) {
    const Member& member = entry.second;
    return member.sequence <= group.flushed_sequence && member.alert.is_resolved(group.flushed_at_ms) &&
           !is_end_untold(id, group, entry.first);
  });
  const auto count = alert_counts_.find(id.tenant);
  count->second -= removed;
  if (count->second == 0) alert_counts_.erase(count);
  if (!group.alerts.empty()) return;
  timers_.erase({group.next_ms, &id});
  const auto keyed = by_key_.find({id.tenant, group_key(*id.route, id.labels)});
  keyed->second.erase(&id);
  if (keyed->second.empty()) by_key_.erase(keyed);
  groups_.erase(at);
}

void Dispatcher::reload(std::shared_ptr<const Config> config, TimestampMs now_ms) {
  std::map<TenantId, std::map<Labels, Alert>> alerts;
  for (auto& [id, group] : groups_) {
    for (auto& [labels, member] : group.alerts)
      alerts[id.tenant].insert_or_assign(labels, std::move(member.alert));
  }
  timers_.clear();
  by_key_.clear();
  groups_.clear();
  alert_counts_.clear();
  config_ = std::move(config);
  for (auto& [tenant, by_labels] : alerts) {
    std::vector<Alert> all;
    for (auto& [labels, alert] : by_labels) all.push_back(std::move(alert));
    // A tree that has an alert in more groups than before may be beyond the limit; the rest is handed in
    // again.
    static_cast<void>(insert(tenant, all, now_ms));
  }
}

}  // namespace weir::notify
