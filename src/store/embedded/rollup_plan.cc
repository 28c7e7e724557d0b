#include "store/embedded/rollup_plan.h"

#include "store/embedded/rollup.h"
#include "store/window_edges.h"

namespace weir::store::embedded {
namespace {

// More segments cost more to walk for each series than they save.
constexpr size_t kSegmentsMax = 4'096;

class Planner {
 public:
  /// (after_ms, until_ms], which no edge parts: buckets of `list` where whole ones fit, finer ones beside
  /// them.
  void add(TimestampMs after_ms, TimestampMs until_ms, ChunkList list) {
    if (after_ms >= until_ms) return;
    if (list == ChunkList::kSamples) return append(after_ms, until_ms, list);
    const int64_t width_ms = bucket_width_ms(list);
    const TimestampMs begin_ms = ceil_to(after_ms, width_ms);
    const TimestampMs end_ms = floor_to(until_ms, width_ms);
    const ChunkList finer = list == ChunkList::kHourRollup ? ChunkList::kMinuteRollup : ChunkList::kSamples;
    if (begin_ms >= end_ms) return add(after_ms, until_ms, finer);
    add(after_ms, begin_ms, finer);
    append(begin_ms, end_ms, list);
    add(end_ms, until_ms, finer);
  }
  std::vector<RollupSegment> take() { return std::move(segments_); }

 private:
  void append(TimestampMs after_ms, TimestampMs until_ms, ChunkList list) {
    if (!segments_.empty() && segments_.back().list == list) {
      segments_.back().range.maxt_ms = until_ms;
    } else {
      segments_.push_back({{after_ms + 1, until_ms}, list});
    }
  }

  std::vector<RollupSegment> segments_;
};

bool saves_enough(const std::vector<RollupSegment>& segments, const TimeRange& range) {
  if (segments.size() > kSegmentsMax) return false;
  int64_t saved_ms = 0;
  for (const RollupSegment& segment : segments) {
    if (segment.list != ChunkList::kSamples) saved_ms += segment.range.maxt_ms - segment.range.mint_ms + 1;
  }
  return saved_ms >= kHourMs && saved_ms >= (range.maxt_ms - range.mint_ms) / 2;
}

}  // namespace

std::vector<RollupSegment> plan_rollup_reads(const WindowReduction& reduction, const TimeRange& range) {
  if (range.mint_ms > range.maxt_ms) return {};
  const std::vector<TimestampMs> edges = window_edges(reduction, range);
  Planner planner;
  for (size_t i = 1; i < edges.size(); ++i) planner.add(edges[i - 1], edges[i], ChunkList::kHourRollup);
  std::vector<RollupSegment> segments = planner.take();
  return saves_enough(segments, range) ? segments : std::vector<RollupSegment>();
}

}  // namespace weir::store::embedded
