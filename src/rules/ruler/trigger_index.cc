#include "rules/ruler/trigger_index.h"

namespace weir::rules {

void TriggerIndex::set(TenantId tenant, uint64_t group, std::vector<NewTrigger> triggers) {
  std::lock_guard lock(mutex_);
  if (triggers.empty()) {
    const auto own = tenants_.find(tenant);
    if (own == tenants_.end() || own->second.groups.erase(group) == 0) return;
    own->second.is_changed = true;
    if (own->second.groups.empty()) tenants_.erase(own);
  } else {
    OfTenant& own = tenants_[tenant];
    own.groups[group] = std::move(triggers);
    own.is_changed = true;
  }
}

// What was known of outcomes is found again by the next samples: at most, a rule is evaluated once more than
// needed.
void TriggerIndex::rebuild(OfTenant& tenant) {
  tenant.index = {};
  for (const auto& [number, all] : tenant.groups) {
    for (const NewTrigger& one : all) tenant.index.add(one.trigger.matchers(), {one.rule, one.trigger, {}});
  }
  tenant.is_changed = false;
}

void TriggerIndex::look_at(const store::AppliedRecord& record, std::vector<Change>& changes) {
  std::lock_guard lock(mutex_);
  const auto own = tenants_.find(record.tenant);
  if (own == tenants_.end()) return;
  if (own->second.is_changed) rebuild(own->second);
  for (size_t i = 0; i < record.series_count(); ++i) {
    const Batch::Series& series = record.series(i);
    if (series.sample_count == 0) continue;
    look_at(own->second,
            {record.batch->labels(series), record.batch->timestamps_ms(series).back(),
             record.batch->values(series).back()},
            changes);
  }
}

void TriggerIndex::look_at(OfTenant& tenant, const Sampled& series, std::vector<Change>& changes) {
  tenant.index.for_candidates(series.labels, [&](Entry& entry) {
    if (!all_match(entry.trigger.matchers(), series.labels)) return;
    const bool changed = entry.trigger.holds(series.value) ? entry.holding.insert(series.labels.hash()).second
                                                           : entry.holding.erase(series.labels.hash()) > 0;
    if (changed) changes.push_back({entry.rule, series.at_ms});
  });
}

}  // namespace weir::rules
