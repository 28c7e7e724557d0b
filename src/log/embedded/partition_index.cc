#include "log/embedded/partition_index.h"

#include <algorithm>

#include "base/check.h"

namespace weir::log::embedded {

void PartitionIndex::add(Offset offset, FrameLocation location) {
  if (!entries_.empty()) {
    const Entry& last = entries_.back();
    DCHECK(last.offset < offset, "offsets of a partition grow");
    const bool near = last.location.segment == location.segment &&
                      location.position - last.location.position < kStrideBytes;
    if (near) return;
  }
  entries_.push_back({offset, location});
}

std::optional<FrameLocation> PartitionIndex::find(Offset offset) const {
  if (entries_.empty()) return std::nullopt;
  auto after = std::upper_bound(entries_.begin(), entries_.end(), offset,
                                [](Offset wanted, const Entry& entry) { return wanted < entry.offset; });
  return after == entries_.begin() ? after->location : std::prev(after)->location;
}

void PartitionIndex::drop_before(uint64_t segment) {
  while (!entries_.empty() && entries_.front().location.segment < segment) entries_.pop_front();
}

}  // namespace weir::log::embedded
