#include "ingest/lateness.h"

#include <algorithm>
#include <span>

namespace weir::ingest {
namespace {

// Of the samples that are not late the one that took longest. A series has several in a batch where its
// sender gathers them.
int64_t delay_of(const Batch& batch, int64_t most_ms, TimestampMs now_ms) {
  int64_t longest_ms = 0;
  const auto look_at = [&](std::span<const TimestampMs> times) {
    for (const TimestampMs at : times) {
      const int64_t delay_ms = now_ms - at;
      if (delay_ms <= most_ms) longest_ms = std::max(longest_ms, delay_ms);
    }
  };
  for (const Batch::Series& series : batch.series()) {
    look_at(batch.timestamps_ms(series));
    look_at(batch.histogram_times_ms(series));
  }
  return longest_ms;
}

}  // namespace

void Lateness::came(TenantId tenant, const Batch& batch, TimestampMs now_ms) {
  const int64_t delay_ms = delay_of(batch, options_.most_ms, now_ms);
  std::lock_guard lock(mutex_);
  if (tenants_.size() >= options_.tenants_max && !tenants_.contains(tenant)) tenants_.erase(tenants_.begin());
  tenants_[tenant].note(delay_ms, now_ms);
}

int64_t Lateness::of(TenantId tenant, TimestampMs now_ms) const {
  std::lock_guard lock(mutex_);
  const auto at = tenants_.find(tenant);
  return at == tenants_.end() ? 0 : at->second.at(now_ms);
}

}  // namespace weir::ingest
