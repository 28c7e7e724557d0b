#include "store/embedded/block_set.h"

#include <ranges>

namespace weir::store::embedded {
namespace {

TimeRange common(const TimeRange& a, const TimeRange& b) {
  return {std::max(a.mint_ms, b.mint_ms), std::min(a.maxt_ms, b.maxt_ms)};
}

// The chunks of a series in one block that have something to show in `range`.
std::vector<ChunkRef> chunks_in(const Block& block, TenantId tenant, LabelsView labels,
                                const TimeRange& range) {
  std::vector<ChunkRef> chunks;
  const BlockTenant* index = block.range().overlaps(range) ? block.tenant(tenant) : nullptr;
  if (index == nullptr) return chunks;
  const auto series = index->find(labels);
  if (!series) return chunks;
  index->append_chunks(*series, chunks);
  const MaskedRanges masked = block.masked(tenant, *series);
  std::erase_if(chunks, [&](const ChunkRef& chunk) {
    return !chunk.range.overlaps(range) || covers(masked, common(chunk.range, range));
  });
  return chunks;
}

}  // namespace

bool any_overlaps(const BlockList& blocks, const TimeRange& range) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const BlockPtr& block) { return block->range().overlaps(range); });
}

std::optional<TimestampMs> newest_in_blocks(const BlockList& blocks, TenantId tenant, LabelsView labels,
                                            const TimeRange& range) {
  std::optional<TimestampMs> newest;
  for (const BlockPtr& block : blocks) {
    const std::vector<ChunkRef> chunks = chunks_in(*block, tenant, labels, range);
    if (chunks.empty()) continue;
    const TimestampMs last = std::min(chunks.back().range.maxt_ms, range.maxt_ms);
    newest = newest ? std::max(*newest, last) : last;
  }
  return newest;
}

std::optional<StoredSample> find_in_blocks(const BlockList& blocks, TenantId tenant, LabelsView labels,
                                           TimestampMs timestamp_ms) {
  SampleColumns samples;
  for (const BlockPtr& block : std::views::reverse(blocks)) {
    for (const ChunkRef& chunk : chunks_in(*block, tenant, labels, {timestamp_ms, timestamp_ms})) {
      samples.clear();
      if (!block->read_chunk(chunk, samples).ok()) continue;
      const auto& times = samples.timestamps_ms;
      const auto at = std::lower_bound(times.begin(), times.end(), timestamp_ms);
      if (at != times.end() && *at == timestamp_ms)
        return stored_sample(samples, static_cast<size_t>(at - times.begin()));
    }
  }
  return std::nullopt;
}

}  // namespace weir::store::embedded
