#pragma once

#include <algorithm>
#include <map>

#include "base/ids.h"

namespace weir::aggregation {

/// A place in each partition of the log.
using PartitionOffsets = std::map<PartitionId, Offset>;

/// Of each partition the earlier one of both, and those that only one has.
inline void take_earlier(const PartitionOffsets& from, PartitionOffsets& into) {
  for (const auto& [partition, offset] : from) {
    const auto [at, added] = into.try_emplace(partition, offset);
    if (!added) at->second = std::min(at->second, offset);
  }
}

}  // namespace weir::aggregation
