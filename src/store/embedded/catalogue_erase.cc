#include <algorithm>

#include <fmt/format.h>

#include "store/embedded/catalogue.h"
#include "store/embedded/masking.h"

namespace weir::store::embedded {
namespace {

// Deletions that are done are kept on while they are few: a repair may have the log applied from further back
// than the store would.
constexpr std::ptrdiff_t kDoneKept = 128;

void forget_done(Manifest& manifest) {
  const auto is_done = [&](const Deletion& deletion) { return manifest.is_done(deletion); };
  auto left = std::count_if(manifest.deletions.begin(), manifest.deletions.end(), is_done);
  std::erase_if(manifest.deletions, [&](const Deletion& deletion) {
    if (left <= kDoneKept || !is_done(deletion)) return false;
    --left;
    return true;
  });
}

}  // namespace

Status Catalogue::erase(Deletion deletion, absl::flat_hash_set<uint64_t>& hashes, Begin begin,
                        Reveal reveal) {
  std::lock_guard saving(save_mutex_);
  Manifest next = current();
  forget_done(next);
  if (next.deletions.size() >= kDeletionsMax) {
    return resource_exhausted(fmt::format(
        "erase: the samples of {} deletions are still in blocks, limit {}; compact the store first",
        next.deletions.size(), kDeletionsMax));
  }
  deletion.number = ++next.last_deletion;
  BlockList list;
  const BlockListPtr blocks = blocks_.get();
  for (size_t i = 0; i < blocks->size(); ++i) {
    BlockMask mask = (*blocks)[i]->mask();
    const bool concerned = add_to_mask(*(*blocks)[i], deletion, mask, &hashes);
    if (mask.empty()) next.blocks[i].cleaned = deletion.number;
    list.push_back(concerned ? (*blocks)[i]->with_mask(std::move(mask)) : (*blocks)[i]);
  }
  deletion.applied = begin();
  next.deletions.push_back(deletion);
  RETURN_IF_ERROR(save(std::move(next)));
  reveal(deletion, [&] { blocks_.set(std::move(list), deletion.number); });
  return {};
}

}  // namespace weir::store::embedded
