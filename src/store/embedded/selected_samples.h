#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/embedded/block_set.h"
#include "store/embedded/head_series.h"
#include "store/embedded/rollup_read.h"
#include "store/store.h"

namespace weir::store::embedded {

/// What a selection takes of each of its series.
struct SampleRequest {
  explicit SampleRequest(const SelectRequest& request);

  const TimeRange range;
  const std::optional<WindowReduction> reduction;
  const std::vector<RollupSegment> plan;  ///< Empty: the reduction is of no use.
  const std::optional<ValueFilter> filter;
};

/// Where the samples of one series of a selection lie: chunks of blocks, and the head. What it points to, the
/// selection holds. Immutable while it is read, which any thread may do.
class SelectedSamples {
 public:
  struct Chunks {
    const Block* block;
    const BlockTenant* tenant;
    uint32_t series;
    std::vector<ChunkRef> chunks;
    MaskedRanges masked;

    TimeRange span() const { return {chunks.front().range.mint_ms, chunks.back().range.maxt_ms}; }
  };

  void clear() {
    blocks_.clear();
    head_ = {};
  }
  /// Blocks whose samples come first win over later ones and over the head.
  void add(Chunks chunks) { blocks_.push_back(std::move(chunks)); }
  void set_head(std::span<const HeadSeriesView> head) { head_ = head; }
  bool empty() const { return blocks_.empty() && head_.empty(); }

  /// Appends the samples as SeriesSet::read has them.
  Status read(const SampleRequest& request, SampleColumns& out) const;

 private:
  /// What a block's rollup stands for, and what stands for it.
  struct RolledUp {
    TimeRange span;
    SampleColumns samples;
  };
  static Status read_chunks(const Chunks& source, const TimeRange& range, SampleColumns& scratch,
                            SampleColumns& out);
  static void interleave(const SampleColumns& samples, std::vector<RolledUp> rolled_up, SampleColumns& out);

  void read_head(const TimeRange& range, SampleColumns& out) const;
  Status read_samples(const TimeRange& range, SampleColumns& out) const;
  Result<bool> read_hinted(const SampleRequest& request, SampleColumns& out) const;
  bool is_alone(const Chunks& source, const TimeRange& range, const SampleColumns& head) const;

  std::vector<Chunks> blocks_;
  std::span<const HeadSeriesView> head_;
};

}  // namespace weir::store::embedded
