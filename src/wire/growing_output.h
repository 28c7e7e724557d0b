#pragma once

#include <algorithm>
#include <string>

#include "base/result.h"

namespace weir::wire {

/// A buffer for a decompressor that does not know how much it will write: it starts at a guess and doubles up
/// to a bound, so a body that claims or holds too much costs at most the bound. Owned by one thread.
class GrowingOutput {
 public:
  GrowingOutput(size_t first_guess, size_t bytes_max)
      : bytes_max_(bytes_max), buffer_(std::min(first_guess, bytes_max), '\0') {}

  char* free() { return buffer_.data() + used_; }
  size_t free_bytes() const { return buffer_.size() - used_; }
  void commit(size_t bytes) { used_ += bytes; }

  /// Makes more room; false at the bound.
  bool grow() {
    if (buffer_.size() == bytes_max_) return false;
    constexpr size_t kStep = 4'096;
    buffer_.resize(std::min(bytes_max_, std::max(buffer_.size() * 2, kStep)));
    return true;
  }

  /// What was committed.
  std::string take() && {
    buffer_.resize(used_);
    return std::move(buffer_);
  }

 private:
  size_t bytes_max_;
  size_t used_ = 0;
  std::string buffer_;
};

}  // namespace weir::wire
