#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/ids.h"
#include "model/matcher.h"
#include "model/tenant_id.h"
#include "model/time_range.h"

namespace weir::store::embedded {

/// Deletions that are kept at most: each costs a look at records that are applied again, and memory in
/// blocks.
inline constexpr size_t kDeletionsMax = 1'024;
/// Of the matchers of one deletion, names and values together.
inline constexpr size_t kDeletionTextMax = 64 << 10;

/// One call of `Store::erase`, as the manifest keeps it: until no block holds what it took, and no record
/// that brought it is applied again. A value.
struct Deletion {
  uint64_t number = 0;  ///< From 1, in order.
  TenantId tenant = TenantId::from_stored(0);
  std::vector<Matcher> matchers;
  TimeRange range;
  /// By partition: records before it were visible, so their matching samples are gone; later ones are not
  /// concerned.
  std::vector<Offset> applied;
  bool operator==(const Deletion&) const = default;

  bool takes(LabelsView labels) const { return all_match(matchers, labels); }
};
using DeletionPtr = std::shared_ptr<const Deletion>;

/// kInvalidArgument when a deletion may not have these matchers.
Status check_deletion(std::span<const Matcher> matchers);

}  // namespace weir::store::embedded
