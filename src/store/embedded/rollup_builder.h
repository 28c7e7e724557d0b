#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/embedded/rollup.h"
#include "store/embedded/rollup_bucket.h"

namespace weir::store::embedded {

/// Makes the rollup of one series after the other. A series gets one where that pays: of some buckets at
/// least, at most a quarter of the samples stay, and take at most an eighth of the series' bytes and a
/// sixteenth of a byte a sample. Costs some nanoseconds a sample. Owned by one thread.
class RollupBuilder {
 public:
  using Chunk = std::pair<ChunkRef, std::string>;  ///< The place in the file is not known yet.

  /// Fewer buckets are read as samples as fast.
  static constexpr int64_t kBucketsMin = 6;

  /// `list`: kMinuteRollup or kHourRollup. `length_ms`: about from the first sample of all series to the
  /// last; where no series has buckets enough, none is looked at.
  RollupBuilder(ChunkList list, int64_t length_ms)
      : list_(list), width_ms_(bucket_width_ms(list)), idle_(length_ms < kBucketsMin * width_ms_) {}

  /// Samples of the series, later than those before.
  void add(std::span<const TimestampMs> timestamps_ms, std::span<const double> values);
  /// This series gets no rollup: it has histograms.
  void give_up() { given_up_ = true; }
  /// False when it is known that this series gets no rollup.
  bool wants_samples() const { return !given_up_; }
  /// Ends the series, whose samples take so many bytes. Its chunks, ascending, none where a rollup does not
  /// pay; the next series may begin.
  std::vector<Chunk> finish(uint64_t samples_bytes);

 private:
  void close_bucket();
  void close_chunk();
  bool pays() const { return kept_ * 4 <= samples_; }

  const ChunkList list_;
  const int64_t width_ms_;
  RollupBucket bucket_;
  TimestampMs bucket_end_ms_ = 0;
  Rollup chunk_;
  std::vector<Chunk> chunks_;
  uint64_t samples_ = 0;  // in closed buckets
  uint64_t kept_ = 0;     // of those
  int64_t buckets_ = 0;
  const bool idle_;
  bool given_up_ = idle_;
};

}  // namespace weir::store::embedded
