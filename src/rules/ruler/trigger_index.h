#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include "model/matcher_index.h"
#include "model/tenant_id.h"
#include "rules/ruler/trigger.h"
#include "store/store.h"

namespace weir::rules {

/// Says which rules of many a sample concerns, and whether it changes their outcome. Safe from any thread.
class TriggerIndex {
 public:
  /// A rule is known by its group's number and its place in it.
  struct RuleId {
    uint64_t group = 0;
    size_t rule = 0;
    auto operator<=>(const RuleId&) const = default;
  };
  struct NewTrigger {
    RuleId rule;
    Trigger trigger;
  };
  /// A rule that came to another outcome, by the time of the sample.
  struct Change {
    RuleId rule;
    TimestampMs at_ms = 0;
  };

  /// Takes the place of the tenant's triggers of this group.
  void set(TenantId tenant, uint64_t group, std::vector<NewTrigger> triggers);

  /// Looks at the last double of each series of a record, which is its newest where senders keep to the order
  /// of time. Appends the rules that it changes: whose comparison holds now and did not for this series, or
  /// the other way round. Costs little for a tenant without triggers.
  void look_at(const store::AppliedRecord& record, std::vector<Change>& changes);

 private:
  struct Sampled {
    LabelsView labels;
    TimestampMs at_ms;
    double value;
  };
  struct Entry {
    RuleId rule;
    Trigger trigger;
    absl::flat_hash_set<uint64_t> holding;  // series for which it holds, by hash
  };
  struct OfTenant {
    MatcherIndex<Entry> index;
    std::map<uint64_t, std::vector<NewTrigger>> groups;
    bool is_changed = false;  // `index` is not what `groups` says
  };

  static void rebuild(OfTenant& tenant);
  static void look_at(OfTenant& tenant, const Sampled& series, std::vector<Change>& changes);

  std::mutex mutex_;
  absl::flat_hash_map<TenantId, OfTenant> tenants_;  // guarded by mutex_
};

}  // namespace weir::rules
