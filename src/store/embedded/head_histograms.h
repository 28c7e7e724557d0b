#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model/histogram.h"
#include "model/time_range.h"
#include "store/embedded/append_buffer.h"
#include "store/embedded/shared_block.h"
#include "store/embedded/stored_sample.h"

namespace weir::store::embedded {

/// The histograms of one series in one time window of the head, kept apart from its doubles: runs of
/// ascending times, each histogram coded as what differs from the one before (wire/histogram_columns.h), and
/// a sorted list of those that came late. The newest is kept decoded besides, since the next is coded against
/// it. Guarded by the shard's mutex.
class HeadHistograms {
 public:
  /// Histograms that can be decoded alone: the bytes of a run, whose written part never changes.
  struct Run {
    SharedBlock<uint8_t> block;
    uint32_t size_bytes = 0;
    uint32_t count = 0;
    TimeRange range{0, -1};  ///< Of its times; empty at first.

    /// Appends the samples.
    void decode(SampleColumns& out) const;
  };
  using Late = std::vector<std::pair<TimestampMs, HistogramPtr>>;

  /// What a reader keeps: usable without the mutex.
  struct View {
    AppendBuffer<Run>::View closed;
    Run open;
    Late late;

    /// Appends the samples in `range`; the caller brings the whole into order (make_ascending).
    void read(const TimeRange& range, SampleColumns& out) const;
  };

  /// The time of the newest one. There must be one.
  TimestampMs newest_ms() const { return open_.range.maxt_ms; }
  /// The histogram stored at that time, null when there is none.
  HistogramPtr find(TimestampMs timestamp_ms) const;
  /// Stores a histogram whose time is not here yet.
  void insert(TimestampMs timestamp_ms, const Histogram& histogram);
  View view() const { return {closed_.view(), open_, late_}; }
  /// Memory, the allocator's part and this object included.
  size_t size_bytes() const;

 private:
  void append(TimestampMs timestamp_ms, const Histogram& histogram);
  void close_open();
  void insert_late(TimestampMs timestamp_ms, const Histogram& histogram);
  void fold_late();

  AppendBuffer<Run> closed_;
  Run open_;  // has the newest, unless nothing was ever stored
  Histogram last_;
  Late late_;
  size_t closed_bytes_ = 0;
};

}  // namespace weir::store::embedded
