#include "stream/tenant_lags.h"

#include <algorithm>
#include <string>

namespace weir::stream {
namespace {

double seconds_since(TimestampMs then_ms, TimestampMs now_ms) {
  return static_cast<double>(std::max<int64_t>(0, now_ms - then_ms)) / 1000;
}

}  // namespace

TenantLags::TenantLags(const os::Clock& clock, telemetry::Registry& registry, size_t tenants_max)
    : clock_(clock), registry_(registry), tenants_max_(tenants_max) {}

void TenantLags::read(PartitionId partition, std::span<const log::Record> records) {
  const TimestampMs now_ms = clock_.wall_ms();
  std::vector<TenantId> fresh;
  {
    std::lock_guard lock(mutex_);
    auto& waiting = waiting_[partition];
    waiting.clear();
    for (const log::Record& record : records) {
      const TimestampMs appended_ms = record.appended_ms > 0 ? record.appended_ms : now_ms;
      const TenantId tenant = counted_as(record.tenant);
      Waiting& own = waiting.try_emplace(tenant, Waiting{appended_ms}).first->second;
      own.oldest_ms = std::min(own.oldest_ms, appended_ms);
      if (own.records++ == 0 && tenants_.try_emplace(tenant).second) fresh.push_back(tenant);
    }
  }
  for (const TenantId tenant : fresh) export_gauge(tenant);
}

void TenantLags::applied(PartitionId partition) {
  const TimestampMs now_ms = clock_.wall_ms();
  std::lock_guard lock(mutex_);
  for (const auto& [tenant, waiting] : waiting_[partition]) {
    Tenant& state = tenants_.at(tenant);
    state.last_seconds = seconds_since(waiting.oldest_ms, now_ms);
    state.last_applied = clock_.steady();
  }
  waiting_.erase(partition);
}

void TenantLags::dropped(PartitionId partition) {
  std::lock_guard lock(mutex_);
  waiting_.erase(partition);
}

std::vector<TenantLag> TenantLags::status() const {
  std::lock_guard lock(mutex_);
  std::vector<TenantLag> lags;
  lags.reserve(tenants_.size());
  for (const auto& [tenant, state] : tenants_) lags.push_back(lag_of(tenant));
  return lags;
}

TenantId TenantLags::counted_as(TenantId tenant) const {
  return tenants_.size() < tenants_max_ || tenants_.contains(tenant) ? tenant : TenantId::nobody();
}

TenantLag TenantLags::lag_of(TenantId tenant) const {
  TenantLag lag{tenant};
  TimestampMs oldest_ms = 0;
  for (const auto& [partition, waiting] : waiting_) {
    const auto found = waiting.find(tenant);
    if (found == waiting.end()) continue;
    const Waiting& own = found->second;
    oldest_ms = lag.waiting_records == 0 ? own.oldest_ms : std::min(oldest_ms, own.oldest_ms);
    lag.waiting_records += own.records;
  }
  const Tenant& state = tenants_.at(tenant);
  if (lag.waiting_records > 0) {
    lag.seconds = seconds_since(oldest_ms, clock_.wall_ms());
  } else if (clock_.steady() - state.last_applied < kRemembered) {
    lag.seconds = state.last_seconds;
  }
  return lag;
}

/// The registry calls the gauge under a lock of its own, so it is made outside of ours.
void TenantLags::export_gauge(TenantId tenant) {
  const bool is_rest = tenant == TenantId::nobody();
  auto gauge = registry_.observe_gauge(
      "weir_processor_tenant_lag_seconds",
      "From the append of a tenant's records until queries see them, by tenant id.",
      {{"tenant", is_rest ? "other" : std::to_string(tenant.value())}}, [this, tenant] {
        std::lock_guard lock(mutex_);
        return lag_of(tenant).seconds;
      });
  std::lock_guard lock(mutex_);
  tenants_.at(tenant).gauge = std::move(gauge);
}

}  // namespace weir::stream
