#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "os/due_tasks.h"
#include "rules/ruler/changed_rules.h"
#include "rules/ruler/look_budget.h"
#include "rules/ruler/ruler.h"
#include "rules/ruler/trigger_index.h"

namespace weir::rules {

/// What all groups of a ruler count into.
struct RulerMetrics {
  explicit RulerMetrics(telemetry::Registry& registry);
  telemetry::Counter& evaluations;
  telemetry::Counter& failures;
  telemetry::Counter& missed;
  telemetry::Counter& state_failures;
  telemetry::Histogram& seconds;
  telemetry::Histogram& delay_seconds;
};

/// A group with its next time. One thread at a time makes its steps; `status`, `change` and `retire` are safe
/// from any thread.
class GroupTask : public os::DueTasks::Task {
 public:
  /// What all groups of a ruler share. All outlives them.
  struct Host {
    const RulerOptions& options;
    const RulerParts& parts;
    RulerMetrics& metrics;
    TriggerIndex& triggers;
    /// Has `note_changed` called from another thread, and a step after it. May be empty: rules have no views
    /// then.
    std::function<void(uint64_t group, size_t rule, TimestampMs newest_ms)> on_change = {};
    LookBudget looks = {};
  };
  /// `number`: of this group among the triggers.
  GroupTask(TenantGroup group, uint64_t number, Host& host);

  /// Other rules from the next step on.
  void change(RuleGroup group);
  /// The next step is the last one.
  void retire();
  /// A sample of that time changes the outcome of a rule: the next step evaluates it, whatever the time of
  /// the group.
  void wake(size_t rule, TimestampMs at_ms);
  /// The views of a rule have come to hold other samples: it is looked at when the watermark has passed them.
  void note_changed(size_t rule, TimestampMs newest_ms);
  /// No sample wakes it any more.
  void forget_triggers() { host_.triggers.set(tenant_, number_, {}); }

  /// Evaluates the group for its next time if that has come. Returns when to call again; nullopt after the
  /// last step.
  std::optional<os::SteadyTime> step() override;

  GroupStatus status() const;

 private:
  struct Wanted {
    std::optional<RuleGroup> group;
    bool retired = false;
    std::set<size_t> woken;  // rules
    TimestampMs woken_ms = 0;
    std::map<size_t, TimestampMs> changed;  // by rule, the newest of the samples that are new to it
  };

  void use(const RuleGroup& group);
  Status load();
  TimestampMs first_time(TimestampMs evaluated_ms) const;
  std::optional<os::milliseconds> time_left() const;
  Status evaluate();
  Status evaluate_woken(const Wanted& wanted);
  void set_triggers();
  void hold_views();
  void release_views();
  Status look_at_changed();
  bool finds_others(size_t rule, TimestampMs at_ms) const;
  Status evaluate_between(const std::set<size_t>& rules, TimestampMs at_ms);
  os::SteadyTime next_step() const;
  Environment environment() const;
  Status keep();
  void advance(os::milliseconds took);
  Status save();
  void announce(bool changed);
  void publish();
  bool finish();
  os::SteadyTime after(os::milliseconds delay) const { return parts_.clock.steady() + delay; }
  Deadline deadline() const;
  uint64_t alerts_digest() const;

  const TenantId tenant_;
  const std::string name_space_;
  Host& host_;
  const RulerOptions& options_;
  const RulerParts& parts_;
  RulerMetrics& metrics_;
  const uint64_t number_;
  const std::string state_key_;

  // Of the stepping thread.
  RuleGroup group_;
  std::unique_ptr<GroupState> state_;
  std::vector<std::unique_ptr<store::SelectorViews::Hold>> views_;
  ChangedRules changed_;
  int64_t interval_ms_ = 0;
  int64_t query_offset_ms_ = 0;
  TimestampMs next_ms_ = 0;
  TimestampMs evaluated_ms_ = 0;
  bool loaded_ = false;
  bool knows_series_ = false;  // which of them may have to end
  int slow_in_a_row_ = 0;      // evaluations that took longer than the interval
  uint64_t version_ = 0;       // of the document in the catalogue
  uint64_t saved_digest_ = 0;
  os::SteadyTime next_save_;
  os::SteadyTime next_announcement_;
  std::chrono::microseconds took_{0};

  mutable std::mutex mutex_;
  Wanted wanted_;  // guarded by mutex_, as is what follows
  GroupStatus status_;
};

}  // namespace weir::rules
