#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "model/tenant_id.h"
#include "model/time_range.h"
#include "os/clock.h"

namespace weir::store {

/// How long each tenant's samples are kept. Safe from any thread; a call never waits, since every commit and
/// every read asks. Answers may change at any time: reads and commits go by the new one at once.
class TenantRetention {
 public:
  virtual ~TenantRetention() = default;
  /// 0 keeps for ever; never negative. No answer may be longer than the `retention` of the store's options.
  virtual os::milliseconds of(TenantId tenant) const = 0;
  /// Another number after each change of any answer, before the new answer is given; never one of before.
  virtual uint64_t version() const = 0;
};

/// What retention keeps at this moment. Safe from any thread.
class RetentionBounds {
 public:
  /// `all`: for everybody when `tenants`, which may be null, is; 0 keeps for ever. Tenants and clock outlive
  /// it.
  RetentionBounds(os::milliseconds all, const TenantRetention* tenants, const os::Clock& clock)
      : all_(all), tenants_(tenants), clock_(clock) {}

  /// The oldest time of a sample of the tenant that is kept; nullopt when any is.
  std::optional<TimestampMs> oldest_ms(TenantId tenant) const {
    const os::milliseconds kept = tenants_ != nullptr ? tenants_->of(tenant) : all_;
    return kept.count() == 0 ? std::nullopt : std::optional(clock_.wall_ms() - kept.count());
  }
  /// The part of `range` that reads of the tenant may show; empty when there is none.
  TimeRange visible(TenantId tenant, TimeRange range) const {
    range.mint_ms = std::max(range.mint_ms, oldest_ms(tenant).value_or(range.mint_ms));
    return range;
  }
  /// TenantRetention::version, for fingerprints: what was seen by other answers is not found again.
  uint64_t version() const { return tenants_ != nullptr ? tenants_->version() : 0; }

 private:
  const os::milliseconds all_;
  const TenantRetention* const tenants_;
  const os::Clock& clock_;
};

}  // namespace weir::store
