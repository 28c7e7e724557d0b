#include "store/timescale/reduced_series.h"

#include <algorithm>
#include <cmath>

namespace weir::store::timescale {
namespace {

/// The series' value at `at`; NaN when it has none.
double value_at(const SampleColumns& samples, TimestampMs at) {
  const auto& times = samples.timestamps_ms;
  const auto found = std::lower_bound(times.begin(), times.end(), at);
  if (found == times.end() || *found != at) return std::nan("");
  return samples.values[static_cast<size_t>(found - times.begin())];
}

/// Whether the bucket's extreme is also that of its samples without the first, whose value is `first`. A NaN
/// was not counted, so it makes no difference. One that is the extreme itself leaves open what comes behind
/// it.
bool stands_for_rest(WindowReduction::Kind kind, const Bucket& bucket, double first) {
  if (std::isnan(first) || bucket.constant) return true;
  return kind == WindowReduction::Kind::kMax ? first < bucket.extreme : first > bucket.extreme;
}

/// The times of buckets, whose first samples are known where they are parted; neighbours joined, with the
/// first samples between them.
std::vector<TimeRange> times_of(std::vector<TimestampMs> begins, const WindowPlan& plan) {
  std::sort(begins.begin(), begins.end());
  std::vector<TimeRange> out;
  for (const TimestampMs begin : begins) {
    const TimestampMs last = begin + kBucketMs - 1;
    if (!out.empty() && out.back().maxt_ms + 1 == begin) {
      out.back().maxt_ms = last;
    } else {
      out.push_back({begin + (plan.is_parted(begin) ? 1 : 0), last});
    }
  }
  return out;
}

}  // namespace

ReducedSeries reduce_series(WindowReduction::Kind kind, const WindowPlan& plan,
                            std::span<const Bucket> buckets, const SampleColumns& firsts,
                            SampleColumns& out) {
  ReducedSeries reduced;
  std::vector<TimestampMs> unclear;
  for (const Bucket& bucket : buckets) {
    if (!plan.is_whole(bucket.begin_ms)) continue;
    const bool parted = plan.is_parted(bucket.begin_ms);
    const double first = parted ? value_at(firsts, bucket.begin_ms) : std::nan("");
    // Of a bucket that has only NaN nobody knows which of them are stale markers.
    if (std::isnan(bucket.extreme) || !stands_for_rest(kind, bucket, first)) {
      unclear.push_back(bucket.begin_ms);
    } else {
      out.push_back(bucket.begin_ms + 1, bucket.extreme);
      ++reduced.bucket_count;
    }
  }
  reduced.wanted = times_of(std::move(unclear), plan);
  auto wanted = reduced.wanted.begin();
  for (size_t i = 0; i < firsts.size(); ++i) {
    const TimestampMs at = firsts.timestamps_ms[i];
    while (wanted != reduced.wanted.end() && wanted->maxt_ms < at) ++wanted;
    const bool comes_anyway = wanted != reduced.wanted.end() && wanted->contains(at);
    // The first millisecond of the first bucket may lie before the range: it was read to judge the rest.
    if (!comes_anyway && plan.range.contains(at)) out.push_back(at, firsts.values[i]);
  }
  return reduced;
}

}  // namespace weir::store::timescale
