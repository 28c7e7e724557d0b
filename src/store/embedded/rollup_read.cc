#include "store/embedded/rollup_read.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "store/embedded/rollup.h"
#include "store/embedded/sample_merge.h"

namespace weir::store::embedded {
namespace {

using Kind = WindowReduction::Kind;

/// The lists of one series, and what was decoded of them.
class Reader {
 public:
  Reader(const RollupSource& source, Kind kind, ExactSum& sum)
      : source_(source),
        kind_(kind),
        sum_(sum),
        span_{source.samples.front().range.mint_ms, source.samples.back().range.maxt_ms} {
    std::vector<ChunkRef> chunks;
    source_.tenant->append_all_chunks(source_.series, chunks);
    for (const ChunkRef& chunk : chunks) {
      if (chunk.list == ChunkList::kHourRollup || chunk.list == ChunkList::kMinuteRollup)
        of(chunk.list).refs.push_back(chunk);
    }
  }

  Result<bool> run(std::span<const RollupSegment> plan, SampleColumns& out) {
    if (hours_.refs.empty() && minutes_.refs.empty()) return false;
    const std::vector<RollupSegment> segments = segments_of(plan);
    if (!saves_enough(segments)) return false;
    RETURN_IF_ERROR(decode(segments, ChunkList::kHourRollup, hours_));
    RETURN_IF_ERROR(decode(segments, ChunkList::kMinuteRollup, minutes_));
    if (!fits(hours_.rollup) || !fits(minutes_.rollup)) return false;
    out.align_left_out();
    for (const RollupSegment& segment : segments) {
      if (segment.list == ChunkList::kSamples) {
        RETURN_IF_ERROR(append_samples(segment.range, out));
      } else if (kind_ == Kind::kSum) {
        append_sums(segment, out);
      } else {
        append_kept(segment, out);
      }
    }
    out.align_left_out();
    return true;
  }

 private:
  struct List {
    std::vector<ChunkRef> refs;
    Rollup rollup;
    std::vector<size_t> buckets;  // where each begins; only for sums
  };
  List& of(ChunkList list) { return list == ChunkList::kHourRollup ? hours_ : minutes_; }

  /// The plan's segments where the source has samples, each with the coarsest list that the series has.
  std::vector<RollupSegment> segments_of(std::span<const RollupSegment> plan) {
    std::vector<RollupSegment> out;
    const auto begin = std::partition_point(plan.begin(), plan.end(), [&](const RollupSegment& segment) {
      return segment.range.maxt_ms < span_.mint_ms;
    });
    for (auto at = begin; at != plan.end() && at->range.mint_ms <= span_.maxt_ms; ++at) {
      RollupSegment segment = *at;
      if (segment.list == ChunkList::kHourRollup && hours_.refs.empty())
        segment.list = ChunkList::kMinuteRollup;
      if (segment.list == ChunkList::kMinuteRollup && minutes_.refs.empty())
        segment.list = ChunkList::kSamples;
      if (!out.empty() && out.back().list == segment.list) {
        out.back().range.maxt_ms = segment.range.maxt_ms;
      } else {
        out.push_back(segment);
      }
    }
    return out;
  }

  /// Chunks of samples are decoded whole, so it is they that have to be spared.
  bool saves_enough(const std::vector<RollupSegment>& segments) const {
    size_t needed = 0;
    auto segment = segments.begin();
    for (const ChunkRef& chunk : source_.samples) {
      while (segment != segments.end() && segment->range.maxt_ms < chunk.range.mint_ms) ++segment;
      auto at = segment;
      while (at != segments.end() && at->range.mint_ms <= chunk.range.maxt_ms &&
             at->list != ChunkList::kSamples)
        ++at;
      needed += at != segments.end() && at->range.mint_ms <= chunk.range.maxt_ms ? 1 : 0;
    }
    return needed * 2 <= source_.samples.size();
  }

  /// Decodes those chunks of a list that lie in its segments.
  Status decode(const std::vector<RollupSegment>& segments, ChunkList which, List& list) const {
    for (const ChunkRef& chunk : list.refs) {
      const bool wanted = std::any_of(segments.begin(), segments.end(), [&](const RollupSegment& segment) {
        return segment.list == which && segment.range.overlaps(chunk.range);
      });
      if (wanted) RETURN_IF_ERROR(source_.block->read_rollup(chunk, list.rollup));
    }
    if (kind_ == Kind::kSum) find_buckets(bucket_width_ms(which), list);
    return {};
  }
  static void find_buckets(int64_t width_ms, List& list) {
    const auto& times = list.rollup.timestamps_ms;
    for (size_t i = 0; i < times.size(); ++i) {
      if (i == 0 || ceil_to(times[i], width_ms) != ceil_to(times[i - 1], width_ms)) list.buckets.push_back(i);
    }
  }

  bool fits(const Rollup& rollup) const {
    return (kind_ != Kind::kCounter || rollup.falls_kept) && (kind_ != Kind::kSum || rollup.sums_exact);
  }

  Status append_samples(const TimeRange& range, SampleColumns& out) {
    for (const ChunkRef& chunk : source_.samples) {
      if (!chunk.range.overlaps(range)) continue;
      if (chunk.offset != decoded_) {
        samples_.clear();
        RETURN_IF_ERROR(source_.block->read_chunk(chunk, samples_));
        decoded_ = chunk.offset;
      }
      const size_t before = out.size();
      append_in_range(samples_, range, out);
      if (kind_ == Kind::kSum) sum_.add(std::span(out.values).subspan(before));
    }
    out.align_left_out();
    return {};
  }

  void append_kept(const RollupSegment& segment, SampleColumns& out) {
    const Rollup& rollup = of(segment.list).rollup;
    const auto& times = rollup.timestamps_ms;
    const auto from = std::lower_bound(times.begin(), times.end(), segment.range.mint_ms) - times.begin();
    const auto to =
        std::upper_bound(times.begin() + from, times.end(), segment.range.maxt_ms) - times.begin();
    out.timestamps_ms.insert(out.timestamps_ms.end(), times.begin() + from, times.begin() + to);
    out.values.insert(out.values.end(), rollup.values.begin() + from, rollup.values.begin() + to);
    out.left_out.insert(out.left_out.end(), rollup.left_out.begin() + from, rollup.left_out.begin() + to);
  }

  /// A sample for each bucket: its sum, at the time of its last.
  void append_sums(const RollupSegment& segment, SampleColumns& out) {
    const List& list = of(segment.list);
    const Rollup& rollup = list.rollup;
    const auto first = std::partition_point(list.buckets.begin(), list.buckets.end(), [&](size_t begin) {
      return rollup.timestamps_ms[begin] < segment.range.mint_ms;
    });
    for (auto at = first; at != list.buckets.end(); ++at) {
      if (rollup.timestamps_ms[*at] > segment.range.maxt_ms) return;
      const size_t end = at + 1 == list.buckets.end() ? rollup.size() : at[1];
      const auto left_out = std::span(rollup.left_out).subspan(*at, end - *at);
      const double& bucket_sum = rollup.sums[static_cast<size_t>(at - list.buckets.begin())];
      out.push_back(rollup.timestamps_ms[end - 1], bucket_sum);
      out.left_out.push_back(static_cast<uint32_t>(left_out.size()) - 1 +
                             std::accumulate(left_out.begin(), left_out.end(), uint32_t{0}));
      sum_.add({&bucket_sum, 1});
    }
  }

  const RollupSource& source_;
  const Kind kind_;
  ExactSum& sum_;
  const TimeRange span_;
  List hours_;
  List minutes_;
  SampleColumns samples_;  // of the chunk at `decoded_`
  uint64_t decoded_ = 0;
};

}  // namespace

void ExactSum::add(std::span<const double> values) {
  for (const double value : values) {
    if (is_stale(value)) continue;
    holds_ &= is_exact_integer(value);
    magnitude_ += std::fabs(value);
  }
  holds_ &= magnitude_ < kExactSumMax;
}

Result<bool> read_rollup(const RollupSource& source, std::span<const RollupSegment> plan,
                         WindowReduction::Kind kind, ExactSum& sum, SampleColumns& out) {
  return Reader(source, kind, sum).run(plan, out);
}

}  // namespace weir::store::embedded
