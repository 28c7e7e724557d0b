#include "store/embedded/block_mask.h"

#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {

bool covers(const MaskedRanges& masked, const TimeRange& range) {
  return std::any_of(masked.begin(), masked.end(), [&](const TimeRange& one) {
    return one.contains(range.mint_ms) && one.contains(range.maxt_ms);
  });
}

bool touches(const MaskedRanges& masked, const TimeRange& range) {
  return std::any_of(masked.begin(), masked.end(), [&](const TimeRange& one) { return one.overlaps(range); });
}

void remove_masked(const MaskedRanges& masked, SampleColumns& columns, size_t begin) {
  for (const TimeRange& range : masked) remove_in_range(columns, begin, range);
}

void BlockMask::add(TenantId tenant, const TimeRange& range, Postings series) {
  series.shrink_to_fit();
  tenants_[tenant].push_back({range, std::make_shared<const Postings>(std::move(series))});
}

MaskedRanges BlockMask::of(TenantId tenant, uint32_t series) const {
  MaskedRanges ranges;
  const auto entries = tenants_.find(tenant);
  if (entries == tenants_.end()) return ranges;
  for (const Entry& entry : entries->second) {
    if (std::binary_search(entry.series->begin(), entry.series->end(), series)) ranges.push_back(entry.range);
  }
  return ranges;
}

}  // namespace weir::store::embedded
