#pragma once

#include <cstdint>
#include <span>

#include <absl/container/inlined_vector.h>

#include "store/embedded/rollup.h"

namespace weir::store::embedded {

/// The samples of one bucket, of which it keeps those that stand for all. Owned by one thread.
class RollupBucket {
 public:
  /// The most samples that one bucket leaves behind.
  static constexpr size_t kKeptMax = 4 + 2 * 8;

  /// Samples later than those before.
  void add(std::span<const TimestampMs> timestamps_ms, std::span<const double> values);
  /// Appends what stays, nothing for a bucket of stale markers alone, and is empty again.
  void close(Rollup& out);
  /// Samples added that are no stale markers.
  uint32_t count() const { return count_; }

 private:
  struct Kept {
    uint32_t at;  // its place among the bucket's samples
    TimestampMs timestamp_ms;
    double value;
  };
  void add_nan(const Kept& sample);
  void add_fall(const Kept& sample);

  uint32_t count_ = 0;
  Kept first_{};
  Kept last_{};
  Kept least_{};     // of the numbers; meaningless while `numbers_` is false
  Kept greatest_{};  // likewise
  absl::InlinedVector<Kept, kKeptMax> falls_;
  double sum_ = 0;
  bool numbers_ = false;
  bool falls_kept_ = true;
  bool integers_ = true;
};

}  // namespace weir::store::embedded
