#pragma once

#include "model/sample.h"
#include "model/time_range.h"
#include "store/embedded/open_run.h"
#include "store/embedded/shared_block.h"

namespace weir::store::embedded {

/// Samples of the head that no longer change: a run as it stood, or the chunk (chunk.h) of its samples when
/// that is enough smaller to pay for making it. Immutable, in one allocation that copies share; safe from any
/// thread.
class HeadChunk {
 public:
  /// `run` is not empty.
  static HeadChunk close(const OpenRun& run);

  /// Of its samples.
  TimeRange range() const;
  TimestampMs maxt_ms() const { return range().maxt_ms; }
  /// Appends the samples.
  void read(SampleColumns& out) const;
  size_t size_bytes() const { return block_.size_bytes(); }

 private:
  struct Head;
  HeadChunk() = default;
  Head head() const;

  SharedBlock<uint8_t> block_;  // a Head, then the bytes of the run or the chunk
};

}  // namespace weir::store::embedded
