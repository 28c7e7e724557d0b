#include "log/embedded/decoded_budget.h"

namespace weir::log::embedded {

DecodedBudget::DecodedBudget(uint64_t bytes_max)
    : bytes_max_(bytes_max), used_(std::make_shared<std::atomic<uint64_t>>(0)) {}

BatchSlicePtr DecodedBudget::admit(BatchSlicePtr slice) {
  if (slice == nullptr) return nullptr;
  const uint64_t bytes = slice->size_bytes();
  if (used_->fetch_add(bytes) + bytes > bytes_max_) {
    *used_ -= bytes;
    return nullptr;
  }
  const BatchSlice* const held = slice.get();
  return {held, [slice = std::move(slice), used = used_, bytes](const BatchSlice*) { *used -= bytes; }};
}

}  // namespace weir::log::embedded
