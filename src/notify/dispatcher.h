#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/tenant_id.h"
#include "notify/alert.h"
#include "notify/config.h"
#include "notify/notification.h"
#include "notify/notification_log.h"

namespace weir::notify {

class Inhibitor;

struct DispatcherOptions {
  size_t alerts_per_tenant_max = 100'000;  ///< One that is in two groups counts twice. About 1 KiB each.
  /// How long a notification may be tried at most; also no longer than its group's interval, which brings
  /// another one, but at least 10 s.
  int64_t retry_ms_max = 15 * kMinuteMs;
};

/// Groups alerts and says what is to be told to whom, and when, as Alertmanager does: a group waits
/// `group_wait` for its first notification, looks every `group_interval` whether something has changed, and
/// says the same again after `repeat_interval`. A pure state machine: times are given to it, what it says is
/// for others to do. Owned by one thread.
class Dispatcher {
 public:
  /// Whether an alert is silenced.
  using Silenced = std::function<bool(TenantId tenant, LabelsView labels, TimestampMs now_ms)>;

  Dispatcher(std::shared_ptr<const Config> config, DispatcherOptions options, Silenced silenced = {});

  /// Takes alerts as they are now, each known by its labels: all of a tenant's, or those that have changed.
  /// kResourceExhausted, naming the limit and how many were not taken.
  Status insert(TenantId tenant, std::span<const Alert> alerts, TimestampMs now_ms);

  /// What is to be told by now. Each is followed by a call of `settle`.
  std::vector<Notification> due(TimestampMs now_ms);
  /// When `due` has something to look at next. Absent: not before another `insert`.
  std::optional<TimestampMs> next_due_ms() const;

  /// What became of a notification. One that failed is made again at the group's next turn. An alert that has
  /// ended stays until everybody who was told that it fires, and wants to hear of ends, was told of that.
  void settle(const Notification& told, bool delivered, TimestampMs now_ms);

  /// Goes on with another configuration. Groups are made anew; what was told stays told.
  void reload(std::shared_ptr<const Config> config, TimestampMs now_ms);

  /// What was told, so that it is not told again after a restart: to be given to `decode` before the first
  /// alerts come.
  NotificationLog& log() { return log_; }

  size_t group_count() const { return groups_.size(); }
  size_t alert_count(TenantId tenant) const;

 private:
  struct GroupId {
    TenantId tenant;
    const Route* route;
    Labels labels;
    auto operator<=>(const GroupId&) const = default;
  };
  struct Member {
    Alert alert;
    uint64_t sequence = 0;  ///< Of the insertion that brought it.
  };
  /// A notification that has not been settled.
  struct Pending {
    std::vector<uint64_t> incidents;
    std::vector<uint64_t> resolved;
  };
  struct Group {
    const Receiver* receiver = nullptr;
    std::map<Labels, Member> alerts;
    std::map<std::string, Pending> pending;  ///< By integration.
    TimestampMs next_ms = 0;
    TimestampMs flushed_at_ms = 0;
    uint64_t flushed_sequence = 0;
    bool flushed = false;
  };
  using Groups = std::map<GroupId, Group>;
  /// The alerts of a group at one moment.
  struct State {
    std::map<uint64_t, Alert> firing;  ///< By fingerprint.
    std::map<uint64_t, Alert> resolved;
  };

  bool insert_into(TenantId tenant, const Route& route, const Alert& alert, TimestampMs now_ms);
  void follow_clock(TimestampMs now_ms);
  void schedule(Groups::iterator group, TimestampMs at_ms);
  void flush(Groups::iterator group, const Inhibitor& inhibitor, TimestampMs now_ms,
             std::vector<Notification>& out);
  State state_of(const GroupId& id, const Group& group, const Inhibitor& inhibitor, TimestampMs now_ms) const;
  void tell(const GroupId& id, Group& group, const Integration& integration, const State& state,
            TimestampMs now_ms, std::vector<Notification>& out);
  /// Whether somebody is still to be told that an alert has ended.
  bool is_end_untold(const GroupId& id, const Group& group, LabelsView labels) const;
  /// Lets go of alerts that have ended, where nobody is to be told of that, and of a group without alerts.
  void clean_up(Groups::iterator group);
  Inhibitor inhibitor_of(TenantId tenant, TimestampMs now_ms) const;

  std::shared_ptr<const Config> config_;
  const DispatcherOptions options_;
  const Silenced silenced_;
  NotificationLog log_;
  Groups groups_;
  std::set<std::pair<TimestampMs, const GroupId*>> timers_;  // of each group, by its next turn
  std::map<std::pair<TenantId, std::string>, std::set<const GroupId*>> by_key_;  // by Alertmanager's key
  std::map<TenantId, size_t> alert_counts_;
  uint64_t sequence_ = 0;
  TimestampMs last_now_ms_ = 0;
};

}  // namespace weir::notify
