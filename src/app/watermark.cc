#include "app/watermark.h"

#include <string>

namespace weir::app {
namespace {

/// How late samples are taken to be that come to other processes.
constexpr int64_t kElsewhereLatenessMs = 1'000;

}  // namespace

std::optional<TimestampMs> Watermark::of(TenantId tenant) {
  export_gauge(tenant);
  return find(tenant);
}

std::optional<TimestampMs> Watermark::find(TenantId tenant) {
  const auto complete_ms =
      parts_.processor == nullptr ? applied_.complete_ms() : parts_.processor->complete_ms();
  if (!complete_ms) return std::nullopt;
  return *complete_ms -
         (parts_.writes == nullptr ? kElsewhereLatenessMs : parts_.writes->lateness_ms(tenant));
}

/// The registry calls the gauge under a lock of its own, so it is made outside of ours.
void Watermark::export_gauge(TenantId tenant) {
  {
    std::lock_guard lock(mutex_);
    if (gauges_.size() >= kTenantsMax || !gauges_.emplace(tenant, nullptr).second) return;
  }
  auto gauge = parts_.registry.observe_gauge(
      "weir_watermark_seconds", "Up to which event time a tenant's samples can be expected to be there.",
      {{"tenant", std::to_string(tenant.value())}},
      [this, tenant] { return static_cast<double>(find(tenant).value_or(0)) / 1000; });
  std::lock_guard lock(mutex_);
  gauges_[tenant] = std::move(gauge);
}

}  // namespace weir::app
