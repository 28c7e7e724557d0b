#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "model/batch_slice.h"

namespace weir::log::embedded {

/// Bounds the memory of decoded records that the log hands from its appenders to its readers, from the append
/// until the reader lets go. Safe from any thread; what it admitted may outlive it.
class DecodedBudget {
 public:
  explicit DecodedBudget(uint64_t bytes_max);

  /// The same slice, counted until its last holder lets go; null when there is no room, or for null.
  BatchSlicePtr admit(BatchSlicePtr slice);
  uint64_t used_bytes() const { return *used_; }

 private:
  const uint64_t bytes_max_;
  const std::shared_ptr<std::atomic<uint64_t>> used_;
};

}  // namespace weir::log::embedded
