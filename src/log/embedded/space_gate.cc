#include "log/embedded/space_gate.h"

#include <fmt/format.h>

namespace weir::log::embedded {

Status SpaceGate::check() {
  // Without an answer there is no reason to refuse: if the disk is full, creating the next segment will say
  // so.
  Result<uint64_t> free = files_.free_bytes(options_.directory);
  if (!free.ok()) return {};
  std::lock_guard lock(mutex_);
  const uint64_t needed =
      low_ || refused_ ? options_.free_bytes_min + options_.free_bytes_min / 2 : options_.free_bytes_min;
  low_ = *free < needed;
  if (low_) {
    return resource_exhausted(
        fmt::format("disk_full: {} has {} bytes free, {} needed", options_.directory, *free, needed));
  }
  refused_ = refused_ && *free < options_.segment_bytes;
  if (refused_) return resource_exhausted(fmt::format("disk_full: {}", refusal_));
  return {};
}

void SpaceGate::shut(Error error) {
  std::lock_guard lock(mutex_);
  refused_ = true;
  refusal_ = std::move(error.message);
}

}  // namespace weir::log::embedded
