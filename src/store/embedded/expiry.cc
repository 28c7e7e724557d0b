#include "store/embedded/expiry.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace weir::store::embedded {
namespace {

// Of a block's samples. Each rewriting takes at least this part away, so that all of them together write at
// most three times what the block held first; waiting for more would hold more room than that saves.
constexpr uint64_t kThinningParts = 4;

TimestampMs oldest_ms(const BlockTenant& tenant, const RetentionBounds& retention) {
  return retention.oldest_ms(tenant.tenant()).value_or(std::numeric_limits<TimestampMs>::min());
}

// In chunks that are past as a whole.
uint64_t samples_before(const BlockTenant& tenant, TimestampMs oldest_ms) {
  uint64_t samples = 0;
  std::vector<ChunkRef> chunks;
  for (uint32_t series = 0; series < tenant.series_count(); ++series) {
    chunks.clear();
    tenant.append_chunks(series, chunks);
    for (const ChunkRef& chunk : chunks) samples += chunk.range.maxt_ms < oldest_ms ? chunk.sample_count : 0;
  }
  return samples;
}

}  // namespace

bool is_expired(const Block& block, const RetentionBounds& retention) {
  return std::all_of(block.tenants().begin(), block.tenants().end(), [&](const BlockTenant& tenant) {
    return block.range().maxt_ms < oldest_ms(tenant, retention);
  });
}

// Where every tenant loses samples already, the whole block goes before as much time has passed as it spans,
// and is left alone until then: under one retention for all nothing is ever written anew for its sake.
bool is_worth_thinning(const Block& block, const RetentionBounds& retention, bool all) {
  bool one_keeps_all = false;
  uint64_t expired = 0;
  for (const BlockTenant& tenant : block.tenants()) {
    const TimestampMs oldest = oldest_ms(tenant, retention);
    one_keeps_all = one_keeps_all || oldest <= block.range().mint_ms;
    if (all && oldest > block.range().maxt_ms) return true;
    if (oldest > block.range().mint_ms) expired += samples_before(tenant, oldest);
  }
  return one_keeps_all && expired > 0 && expired * kThinningParts >= block.sample_count();
}

Thinned without_expired(const BlockList& blocks, const RetentionBounds& retention) {
  Thinned thinned;
  for (const BlockPtr& block : blocks) {
    BlockMask mask = block->mask();
    bool any = false;
    for (const BlockTenant& tenant : block->tenants()) {
      const TimestampMs oldest = oldest_ms(tenant, retention);
      if (oldest <= block->range().mint_ms) continue;
      Postings series(tenant.series_count());
      std::iota(series.begin(), series.end(), 0u);
      mask.add(tenant.tenant(), {std::numeric_limits<TimestampMs>::min(), oldest - 1}, std::move(series));
      thinned.until_ms = std::max(thinned.until_ms, oldest - 1);
      any = true;
    }
    thinned.blocks.push_back(any ? block->with_mask(std::move(mask)) : block);
  }
  return thinned;
}

}  // namespace weir::store::embedded
