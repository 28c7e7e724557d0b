#include "store/embedded/masking.h"

#include <algorithm>

#include "model/batch_slice.h"

namespace weir::store::embedded {
namespace {

// Whether the series has a chunk that may hold samples or exemplars of that time.
bool has_chunk_in(const BlockTenant& tenant, uint32_t series, const TimeRange& range) {
  std::vector<ChunkRef> chunks;
  tenant.append_all_chunks(series, chunks);
  return std::any_of(chunks.begin(), chunks.end(),
                     [&](const ChunkRef& chunk) { return chunk.range.overlaps(range); });
}

uint64_t hash_of(const BlockTenant& tenant, uint32_t series) {
  std::string labels;
  tenant.append_labels(series, labels);
  return series_hash(tenant.tenant(), LabelsView(labels));
}

}  // namespace

bool add_to_mask(const Block& block, const Deletion& deletion, BlockMask& mask,
                 absl::flat_hash_set<uint64_t>* hashes) {
  if (!block.range().overlaps(deletion.range)) return false;
  const BlockTenant* tenant = block.tenant(deletion.tenant);
  if (tenant == nullptr) return false;
  Postings series = match_series(*tenant, deletion.matchers);
  std::erase_if(series, [&](uint32_t number) { return !has_chunk_in(*tenant, number, deletion.range); });
  if (series.empty()) return false;
  if (hashes != nullptr) {
    for (const uint32_t number : series) hashes->insert(hash_of(*tenant, number));
  }
  mask.add(deletion.tenant, deletion.range, std::move(series));
  return true;
}

BlockPtr masked(BlockPtr block, const Manifest& manifest, Manifest::Block& entry) {
  BlockMask mask;
  for (const Deletion& deletion : manifest.deletions) {
    if (deletion.number > entry.cleaned) add_to_mask(*block, deletion, mask, nullptr);
  }
  if (!mask.empty()) return block->with_mask(std::move(mask));
  entry.cleaned = manifest.last_deletion;
  return block;
}

}  // namespace weir::store::embedded
