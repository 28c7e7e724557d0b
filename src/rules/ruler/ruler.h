#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "meta/meta_store.h"
#include "model/batch.h"
#include "model/tenant_id.h"
#include "os/clock.h"
#include "rules/evaluation/group_state.h"
#include "rules/rule_file.h"
#include "store/store.h"
#include "store/views/selector_views.h"
#include "telemetry/metrics.h"

namespace weir::rules {

/// A group that is to be evaluated. A tenant, a name space and a name make a group unique; the name space is
/// the file that it comes from, or what the ruler API calls so.
struct TenantGroup {
  TenantId tenant = TenantId::nobody();
  std::string name_space;
  RuleGroup group;
};

/// One rule and how it does. A value.
struct RuleStatus {
  Rule rule;
  std::string printed_expr;
  RuleHealth health;
  AlertState state = AlertState::kInactive;
  std::vector<Alert> alerts;  ///< Those that are pending or fire.
};
struct GroupStatus {
  std::string name_space;
  std::string name;
  int64_t interval_ms = 0;
  int64_t limit = 0;
  int64_t query_offset_ms = 0;
  TimestampMs evaluated_ms = 0;  ///< The time that it was evaluated for last; 0 before the first one.
  std::chrono::microseconds took{0};
  std::vector<RuleStatus> rules;
};

/// An alert that fires or has been resolved, and the expression that found it.
struct AnnouncedAlert {
  Alert alert;
  std::string expr;
};

struct RulerOptions {
  size_t threads = 2;
  int64_t interval_ms = 60'000;         ///< Of groups that name none.
  int64_t query_offset_ms = 0;          ///< Likewise.
  int64_t catch_up_ms_max = 3'600'000;  ///< What lies further back when a process begins is not evaluated.
  int64_t unknown_ms_max = 600'000;     ///< Environment::unknown_kept_ms.
  TextMap external_labels;
  std::string external_url;
};

/// What a ruler works with. All outlives it; all is called from several threads, for several tenants at once.
struct RulerParts {
  os::Clock& clock;
  telemetry::Registry& registry;
  meta::MetaStore& meta;  ///< Keeps what groups remember.
  /// Up to which event time a tenant's samples are there (stream::Processor::complete_ms less
  /// ingest::Ingester::lateness_ms).
  std::function<std::optional<TimestampMs>(TenantId tenant)> watermark_ms;
  std::function<Result<std::vector<RuleSample>>(TenantId tenant, const std::string& expr, TimestampMs at_ms)>
      query;
  /// As GroupState::Write.
  std::function<Status(TenantId tenant, const Batch& samples)> write;
  /// Told of all alerts of a group that fire, or have been resolved in the last while, whenever one of them
  /// has changed and once a minute else. What it is told is durable. Must not block for long.
  std::function<void(TenantId tenant, const std::vector<AnnouncedAlert>& alerts)> announce;
  /// Has views of what an expression selects for as long as the result lives, and `on_change` called when
  /// they have come to hold other samples. Null where it has none; may be empty.
  std::function<std::unique_ptr<store::SelectorViews::Hold>(TenantId tenant, const std::string& expr,
                                                            store::SelectorViews::OnChange on_change)>
      hold_views = {};
};

/// Evaluates groups of rules, each for the times of its interval one after the other, as soon as the
/// watermark of its tenant has passed the time of the data. Groups are spread over their interval by a hash.
/// What a group remembers is in the catalogue, so that `for` goes on after a crash; times that passed
/// meanwhile are evaluated then. A group that takes longer than its interval again and again leaves times
/// out, and counts them. Safe from any thread.
class Ruler {
 public:
  Ruler(const RulerOptions& options, const RulerParts& parts);
  /// Finishes the evaluations under way.
  ~Ruler();

  /// These groups and no others, from now on. One that was there keeps its alerts, also where its rules have
  /// changed; series of one that is gone get a stale marker.
  void set_groups(std::vector<TenantGroup> groups);

  /// No groups from now on, as another process evaluates them: nothing of theirs ends. Waits for the
  /// evaluations under way.
  void release_groups();

  /// What queries see from now on. A rule whose outcome one sample decides alone, a selector compared with a
  /// number, is evaluated at once where these change it, whatever the time of its group. Any other alerting
  /// rule that has views is as soon as the watermark has passed samples that are new to them.
  void applied(std::span<const store::AppliedRecord> records);

  /// By name space and name.
  std::vector<GroupStatus> groups(TenantId tenant) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::rules
