#pragma once

#include <algorithm>
#include <vector>

#include "store/embedded/block.h"

namespace weir::store::embedded {

/// Walks the samples of one series in one block in time order, holding one decoded chunk at a time. Owned by
/// one thread.
class ChunkCursor {
 public:
  /// `masked`: times whose samples it passes over. `settle` comes before all else.
  ChunkCursor(const Block& block, std::vector<ChunkRef> chunks, MaskedRanges masked = {})
      : block_(&block), chunks_(std::move(chunks)), masked_(std::move(masked)) {}
  /// Moves to the first sample that is not masked.
  Status settle() {
    while (!at_end() && !decoded_ && touches(masked_, chunk().range)) {
      if (!covers(masked_, chunk().range)) RETURN_IF_ERROR(decode());
      if (samples_.size() > 0 && decoded_) return {};
      next_chunk();
    }
    return {};
  }

  const Block& block() const { return *block_; }
  bool at_end() const { return at_ == chunks_.size(); }
  /// True when no sample of the current chunk has been passed, so that it may be taken whole.
  bool at_chunk_begin() const { return !decoded_; }
  const ChunkRef& chunk() const { return chunks_[at_]; }
  /// The time of the next sample.
  TimestampMs time_ms() const { return decoded_ ? samples_.timestamps_ms[position_] : chunk().range.mint_ms; }

  Status skip_chunk() {
    next_chunk();
    return settle();
  }
  /// Moves past all samples at or before the time.
  Status skip_past(TimestampMs timestamp_ms) {
    while (!at_end() && chunk().range.maxt_ms <= timestamp_ms) RETURN_IF_ERROR(skip_chunk());
    if (at_end() || time_ms() > timestamp_ms) return {};
    RETURN_IF_ERROR(decode());
    const auto& times = samples_.timestamps_ms;
    const auto from = times.begin() + static_cast<std::ptrdiff_t>(position_);
    position_ = static_cast<size_t>(std::upper_bound(from, times.end(), timestamp_ms) - times.begin());
    return position_ == times.size() ? skip_chunk() : Status();
  }
  /// The samples of the current chunk from the next one on: at least one. They live until the cursor moves.
  struct Rest {
    std::span<const TimestampMs> timestamps_ms;
    std::span<const double> values;
    std::span<const HistogramPtr> histograms;  ///< Empty when all samples are doubles.
  };
  Result<Rest> rest() {
    RETURN_IF_ERROR(decode());
    const std::span<const HistogramPtr> histograms = samples_.histograms;
    return Rest{std::span<const TimestampMs>(samples_.timestamps_ms).subspan(position_),
                std::span<const double>(samples_.values).subspan(position_),
                histograms.empty() ? histograms : histograms.subspan(position_)};
  }

 private:
  void next_chunk() {
    ++at_;
    decoded_ = false;
  }
  Status decode() {
    if (decoded_) return {};
    samples_.clear();
    RETURN_IF_ERROR(block_->read_chunk(chunk(), samples_));
    remove_masked(masked_, samples_, 0);
    position_ = 0;
    decoded_ = true;
    return {};
  }

  const Block* block_;
  std::vector<ChunkRef> chunks_;
  MaskedRanges masked_;
  size_t at_ = 0;
  bool decoded_ = false;
  SampleColumns samples_;
  size_t position_ = 0;
};

}  // namespace weir::store::embedded
