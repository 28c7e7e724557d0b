#include "store/timescale/window_plan.h"

#include <algorithm>

#include "store/timescale/times.h"
#include "store/window_edges.h"

namespace weir::store::timescale {
namespace {

constexpr size_t kWindowsMax = 20'000;
// Each costs the server a descent of an index, or a look into a compressed batch, for every series.
constexpr size_t kPartedMax = 1'000;
// Each is a statement of its own, for that lets the server plan with the chunks that it needs alone.
constexpr size_t kRawMax = 64;
// A shorter run between samples saves less than its two ends cost.
constexpr int64_t kRunMinMs = 2 * kBucketMs;

/// The buckets that hold a part of `times`.
TimeRange buckets_around(TimeRange times) {
  return {floor_to(times.mint_ms, kBucketMs), floor_to(times.maxt_ms, kBucketMs) + kBucketMs - 1};
}

/// What no run may hold: buckets that an edge cuts anywhere but behind their first millisecond, or that are
/// stale.
std::vector<TimeRange> obstacles(std::span<const TimestampMs> edges, std::span<const TimeRange> stale,
                                 TimeRange range) {
  std::vector<TimeRange> out;
  for (const TimestampMs edge : edges) {
    const TimeRange bucket = buckets_around({edge, edge});
    if (edge != bucket.mint_ms && edge != bucket.maxt_ms) out.push_back(bucket);
  }
  for (const TimeRange& times : stale) {
    const TimeRange inside{std::max(times.mint_ms, range.mint_ms - 1),
                           std::min(times.maxt_ms, range.maxt_ms)};
    if (inside.mint_ms <= inside.maxt_ms) out.push_back(buckets_around(inside));
  }
  std::sort(out.begin(), out.end(),
            [](const TimeRange& a, const TimeRange& b) { return a.mint_ms < b.mint_ms; });
  return out;
}

/// The buckets of `range` between obstacles. A bucket of which only the first millisecond lies before `range`
/// is one of them.
std::vector<TimeRange> runs_between(std::span<const TimeRange> obstacles, TimeRange range) {
  std::vector<TimeRange> runs;
  TimestampMs next = floor_to(range.mint_ms - 2, kBucketMs) + kBucketMs;
  const TimestampMs end = floor_to(range.maxt_ms + 1, kBucketMs);
  const auto add = [&](TimestampMs until) {
    if (until - next >= kRunMinMs) runs.push_back({next, until - 1});
  };
  for (const TimeRange& obstacle : obstacles) {
    add(std::min(obstacle.mint_ms, end));
    next = std::max(next, obstacle.maxt_ms + 1);
  }
  add(end);
  return runs;
}

std::vector<TimeRange> rest_of(TimeRange range, std::span<const TimeRange> runs) {
  std::vector<TimeRange> rest;
  TimestampMs next = range.mint_ms;
  for (const TimeRange& run : runs) {
    if (next < run.mint_ms) rest.push_back({next, run.mint_ms - 1});
    next = run.maxt_ms + 1;
  }
  if (next <= range.maxt_ms) rest.push_back({next, range.maxt_ms});
  return rest;
}

bool saves_enough(const WindowPlan& plan) {
  int64_t whole_ms = 0;
  for (const TimeRange& run : plan.whole) whole_ms += run.maxt_ms - run.mint_ms + 1;
  return whole_ms > 0 && whole_ms >= (plan.range.maxt_ms - plan.range.mint_ms) / 2 &&
         plan.parted.size() <= kPartedMax && plan.raw.size() <= kRawMax;
}

}  // namespace

bool WindowPlan::is_whole(TimestampMs begin_ms) const {
  const auto after = std::upper_bound(whole.begin(), whole.end(), begin_ms,
                                      [](TimestampMs at, const TimeRange& run) { return at < run.mint_ms; });
  return after != whole.begin() && begin_ms <= std::prev(after)->maxt_ms;
}

bool WindowPlan::is_parted(TimestampMs begin_ms) const {
  return std::binary_search(parted.begin(), parted.end(), begin_ms);
}

std::optional<WindowPlan> plan_windows(const WindowReduction& reduction, TimeRange range,
                                       std::span<const TimeRange> stale) {
  if (range.mint_ms > range.maxt_ms || reduction.count > kWindowsMax) return std::nullopt;
  const std::vector<TimestampMs> edges = window_edges(reduction, range);
  WindowPlan plan{range, runs_between(obstacles(edges, stale, range), range), {}, {}};
  for (const TimestampMs edge : edges) {
    if (floor_to(edge, kBucketMs) == edge && plan.is_whole(edge)) plan.parted.push_back(edge);
  }
  plan.raw = rest_of(range, plan.whole);
  if (!saves_enough(plan)) return std::nullopt;
  return plan;
}

}  // namespace weir::store::timescale
