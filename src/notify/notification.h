#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/tenant_id.h"
#include "notify/alert.h"

namespace weir::notify {

/// Whom a group is told to: one integration of a receiver. What was told is remembered for each.
struct Target {
  TenantId tenant = TenantId::nobody();
  std::string group_key = {};    ///< Alertmanager's, which receivers see.
  std::string receiver = {};     ///< Name.
  std::string integration = {};  ///< "webhook[0]".

  auto operator<=>(const Target&) const = default;
};

/// What one integration is told of one group.
struct Notification {
  Target target;
  Labels group_labels;
  std::vector<Alert> alerts;     ///< In the order of `listed_before`; those that fire have no end.
  std::vector<uint64_t> firing;  ///< Fingerprints of all that fire, and of those that have ended since it was
  std::vector<uint64_t> resolved;   ///< told that they fire, whether `alerts` has these or not; sorted.
  std::vector<uint64_t> incidents;  ///< Those of `firing`, sorted: whether each is the one that was told.
  TimestampMs made_at_ms = 0;
  TimestampMs expires_at_ms = 0;  ///< Trying ends here: the group's next turn brings another.
  int64_t repeat_interval_ms = 0;

  /// Whether one of `alerts` fires.
  bool is_firing() const;
};

/// What alerts have in common: Alertmanager's `commonLabels`, `commonAnnotations`.
TextMap common_labels(const std::vector<Alert>& alerts);
TextMap common_annotations(const std::vector<Alert>& alerts);

}  // namespace weir::notify
