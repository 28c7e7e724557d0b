#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/sample.h"
#include "model/time_range.h"
#include "store/embedded/append_buffer.h"

namespace weir::store::embedded {

/// Samples that no longer change, encoded (chunk.h). Immutable and shared with readers.
struct HeadChunk {
  TimestampMs mint_ms;
  TimestampMs maxt_ms;
  std::string bytes;
};
using HeadChunkPtr = std::shared_ptr<const HeadChunk>;

/// What a reader keeps of a series' window: shared arrays, so taking one copies no sample but the late ones.
struct WindowView {
  AppendBuffer<HeadChunkPtr>::View chunks;
  AppendBuffer<Sample>::View open;
  std::vector<Sample> late;

  /// Appends the samples in `range`; the caller brings the whole into order (make_ascending).
  void read(const TimeRange& range, SampleColumns& out) const;
};

/// The samples of one series in one time window of the head: closed chunks, then an open run of newer
/// samples, all ascending, beside a sorted buffer of samples that came late. No time is stored twice. Guarded
/// by the shard's mutex.
class SeriesWindow {
 public:
  /// Samples of a closed chunk. Blocks use larger ones; small here keeps the uncompressed part of the head
  /// small.
  static constexpr size_t kOpenSamplesMax = 64;

  /// `prior_maxt_ms`: no sample of this series and window that is stored elsewhere (a block, a frozen window)
  /// is newer.
  SeriesWindow(TimestampMs start_ms, TimestampMs prior_maxt_ms)
      : start_ms_(start_ms), prior_maxt_ms_(prior_maxt_ms) {}

  TimestampMs start_ms() const { return start_ms_; }
  TimestampMs prior_maxt_ms() const { return prior_maxt_ms_; }
  /// The newest sample stored here, at least `prior_maxt_ms`: anything newer is certainly not stored yet.
  TimestampMs newest_ms() const { return newest_ms_ > prior_maxt_ms_ ? newest_ms_ : prior_maxt_ms_; }
  bool frozen() const { return frozen_; }
  size_t sample_count() const { return sample_count_; }
  size_t size_bytes() const;

  /// The value stored here at that time.
  std::optional<double> find(TimestampMs timestamp_ms) const;
  /// Stores a sample whose time is not here yet. Returns the change of `size_bytes`.
  int64_t insert(Sample sample);
  /// No sample is inserted from now on: the window is being written to a block.
  void freeze() { frozen_ = true; }
  WindowView view() const {
    return {chunks_.view(), open_.view(), late_ == nullptr ? std::vector<Sample>() : *late_};
  }

 private:
  void insert_late(Sample sample);
  void close_open();
  void fold_late();
  size_t late_samples_max() const;
  std::optional<double> find_in_chunks(TimestampMs timestamp_ms) const;

  TimestampMs start_ms_;
  TimestampMs prior_maxt_ms_;
  TimestampMs newest_ms_ = INT64_MIN;
  AppendBuffer<Sample> open_;
  AppendBuffer<HeadChunkPtr> chunks_;
  std::unique_ptr<std::vector<Sample>> late_;  // null when there is none: most windows never have any
  uint32_t chunk_bytes_ = 0;
  uint32_t sample_count_ = 0;
  bool frozen_ = false;
};

}  // namespace weir::store::embedded
