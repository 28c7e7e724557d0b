#include "store/embedded/rollup_filter.h"

#include <algorithm>
#include <vector>

#include "store/embedded/rollup.h"
#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {
namespace {

Result<Rollup> rollup_in(const RollupSource& source, ChunkList list, const TimeRange& range) {
  std::vector<ChunkRef> chunks;
  source.tenant->append_list(source.series, list, chunks);
  Rollup rollup;
  for (const ChunkRef& chunk : chunks) {
    if (chunk.range.overlaps(range)) RETURN_IF_ERROR(source.block->read_rollup(chunk, rollup));
  }
  return rollup;
}

/// Whether one of a bucket's samples may pass, by those that stayed: its extremes are among them.
bool may_pass(std::span<const double> kept, const ValueFilter& filter) {
  if (filter.op != ValueFilter::Op::kEqual)
    return std::ranges::any_of(kept, [&](double value) { return filter.passes(value); });
  return std::ranges::any_of(kept, [&](double value) { return value <= filter.bound; }) &&
         std::ranges::any_of(kept, [&](double value) { return value >= filter.bound; });
}

/// The times, ascending and apart, in which no sample passes. Each begins with a sample, inside `range`.
std::vector<TimeRange> idle_times(const Rollup& rollup, int64_t width_ms, const ValueFilter& filter,
                                  const TimeRange& range, TimestampMs last_ms) {
  std::vector<TimeRange> idle;
  bool open = false;
  for (size_t begin = 0; begin < rollup.size();) {
    const TimestampMs from_ms = rollup.timestamps_ms[begin];
    if (from_ms > last_ms) break;
    const TimestampMs end_ms = ceil_to(from_ms, width_ms);
    size_t end = begin;
    while (end < rollup.size() && rollup.timestamps_ms[end] <= end_ms) ++end;
    const bool passes =
        from_ms < range.mint_ms || may_pass(std::span(rollup.values).subspan(begin, end - begin), filter);
    if (passes && open) idle.back().maxt_ms = from_ms - 1;
    if (!passes && !open) idle.push_back({from_ms, last_ms});
    open = !passes;
    begin = end;
  }
  return idle;
}

}  // namespace

Result<bool> read_filtered(const RollupSource& source, const ValueFilter& filter, const TimeRange& range,
                           SampleColumns& out) {
  const TimestampMs last_ms = std::min(source.samples.back().range.maxt_ms, range.maxt_ms);
  ChunkList list = ChunkList::kHourRollup;
  ASSIGN_OR_RETURN(Rollup rollup, rollup_in(source, list, range));
  if (rollup.size() == 0) {
    list = ChunkList::kMinuteRollup;
    ASSIGN_OR_RETURN(rollup, rollup_in(source, list, range));
  }
  const std::vector<TimeRange> idle = idle_times(rollup, bucket_width_ms(list), filter, range, last_ms);
  const auto is_idle = [&](const ChunkRef& chunk) {
    const auto times = std::ranges::partition_point(
        idle, [&](const TimeRange& before) { return before.maxt_ms < chunk.range.mint_ms; });
    return times != idle.end() && times->contains(chunk.range.mint_ms) &&
           times->contains(std::min(chunk.range.maxt_ms, last_ms));
  };
  if (std::ranges::none_of(source.samples, is_idle)) return false;

  SampleColumns samples;
  auto next = idle.begin();
  TimestampMs from_ms = range.mint_ms;  // nothing before it is to be read any more
  for (const ChunkRef& chunk : source.samples) {
    samples.clear();
    if (!is_idle(chunk)) RETURN_IF_ERROR(source.block->read_chunk(chunk, samples));
    for (; next != idle.end() && next->mint_ms <= chunk.range.maxt_ms; ++next) {
      append_in_range(samples, {from_ms, next->mint_ms - 1}, out);
      out.push_back(next->mint_ms, stale_marker());
      from_ms = next->maxt_ms + 1;
    }
    append_in_range(samples, {from_ms, last_ms}, out);
  }
  return true;
}

}  // namespace weir::store::embedded
