#include "store/embedded/label_values.h"

#include <algorithm>

namespace weir::store::embedded {

LabelValues LabelValues::renumbered(const LabelPool& pool, std::span<const uint32_t> numbers) const {
  LabelValues out(pool);
  for (const uint32_t label : ordered_) {
    if (numbers[label] != LabelPool::kNoLabel) out.ordered_.insert(out.ordered_.end(), numbers[label]);
  }
  for (const uint32_t label : pending_) {
    if (numbers[label] != LabelPool::kNoLabel) out.pending_.push_back(numbers[label]);
  }
  return out;
}

void LabelValues::visit_any(absl::FunctionRef<void(uint32_t)> visit) const {
  for (const uint32_t label : ordered_) visit(label);
  for (const uint32_t label : pending_) visit(label);
}

// Sorted before they are inserted, so that neighbours go to one node of the tree.
void LabelValues::visit_from(std::string_view first, absl::FunctionRef<bool(uint32_t)> visit) const {
  std::sort(pending_.begin(), pending_.end(), ordered_.key_comp());
  for (const uint32_t label : pending_) ordered_.insert(ordered_.end(), label);
  pending_.clear();
  pending_.shrink_to_fit();
  for (auto at = ordered_.lower_bound(first); at != ordered_.end(); ++at) {
    if (!visit(*at)) return;
  }
}

}  // namespace weir::store::embedded
