#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "model/sample.h"
#include "model/tenant_id.h"
#include "model/time_range.h"
#include "store/embedded/label_index.h"

namespace weir::store::embedded {

/// Times of one series whose samples in one block are deleted; any order, and they may overlap.
using MaskedRanges = std::vector<TimeRange>;

/// True when nothing of `range` is left.
bool covers(const MaskedRanges& masked, const TimeRange& range);
/// True when something of `range` may be deleted.
bool touches(const MaskedRanges& masked, const TimeRange& range);
/// Removes the deleted ones of the samples from index `begin` on, which ascend.
void remove_masked(const MaskedRanges& masked, SampleColumns& columns, size_t begin);

/// What is deleted of a block though its file still holds it. A value; copies share what is large.
class BlockMask {
 public:
  bool empty() const { return tenants_.empty(); }
  /// `series`: numbers of the tenant's series in the block, ascending; not empty.
  void add(TenantId tenant, const TimeRange& range, Postings series);
  MaskedRanges of(TenantId tenant, uint32_t series) const;

 private:
  struct Entry {
    TimeRange range;
    std::shared_ptr<const Postings> series;
  };
  std::map<TenantId, std::vector<Entry>> tenants_;
};

}  // namespace weir::store::embedded
