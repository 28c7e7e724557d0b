#include "aggregation/panes.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "aggregation/input_walk.h"

namespace weir::aggregation {
namespace {

/// Series whose group is remembered; more of them, and all are found anew.
constexpr size_t kSeriesMax = 1'000'000;
constexpr uint64_t kSecondSeed = 1;

}  // namespace

uint32_t GroupTable::number_of(LabelsView series) {
  const std::pair hash(series.hash(), stable_hash(series.bytes(), kSecondSeed));
  if (const auto known = series_.find(hash); known != series_.end()) return known->second;
  if (series_.size() >= kSeriesMax) series_.clear();
  const Labels group = grouping_.group_of(series);
  const auto [at, added] =
      numbers_.try_emplace(std::string(group.view().bytes()), static_cast<uint32_t>(groups_.size()));
  if (added) groups_.push_back(group);
  series_.emplace(hash, at->second);
  return at->second;
}

void GroupTable::clear() {
  groups_.clear();
  numbers_.clear();
  series_.clear();
}

Result<Panes> PaneReader::read(TimestampMs first_ms, TimestampMs last_ms, const std::optional<Labels>& only,
                               GroupTable& groups, Deadline deadline) {
  const TimeRange in_panes{first_ms - parts_.length_ms + 1, last_ms};
  const TimeRange range{reads_from(in_panes.mint_ms - 1), last_ms};
  Panes panes;
  if (!only && parts_.shared_scan) {
    ASSIGN_OR_RETURN(const auto scan, parts_.shared_scan(range, deadline));
    if (scan != nullptr) {
      RETURN_IF_ERROR(read_scan(*scan, in_panes, groups, panes));
      return panes;
    }
  }
  const auto selectors = only ? parts_.grouping.inputs_of(*only) : parts_.definition.inputs;
  ASSIGN_OR_RETURN(InputWalk walk, InputWalk::open(parts_.store, parts_.tenant, selectors, range, deadline));
  SampleColumns samples;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, walk.next());
    if (!more) return panes;
    if (parts_.grouping.is_output(walk.labels())) continue;
    const uint32_t group = groups.number_of(walk.labels());
    if (only && groups.labels(group) != *only) continue;
    RETURN_IF_ERROR(walk.read(samples));
    samples_ += samples.size();
    RETURN_IF_ERROR(
        add_series(group, {walk.labels(), samples.timestamps_ms, samples.values}, in_panes, panes));
  }
}

// It may have series and times that are not asked for.
Status PaneReader::read_scan(const Scan& scan, TimeRange range, GroupTable& groups, Panes& panes) {
  for (size_t i = 0; i < scan.series_count(); ++i) {
    const Samples samples{scan.labels(i), scan.times_ms(i), scan.values(i)};
    if (samples.times_ms.back() < range.mint_ms || parts_.grouping.is_output(samples.labels)) continue;
    samples_ += samples.times_ms.size();
    RETURN_IF_ERROR(add_series(groups.number_of(samples.labels), samples, range, panes));
  }
  return ok_status();
}

Status PaneReader::add_series(uint32_t group, const Samples& samples, TimeRange range, Panes& panes) const {
  const auto [labels, times, values] = samples;
  auto at = static_cast<size_t>(std::ranges::lower_bound(times, range.mint_ms) - times.begin());
  while (at < times.size() && times[at] <= range.maxt_ms) {
    const TimestampMs end_ms = ceil_to(times[at], parts_.length_ms);
    size_t next = at + 1;
    while (next < times.size() && times[next] <= end_ms) ++next;
    std::optional<double> before;
    if (at > 0 && times[at] - times[at - 1] <= kIncreaseLookbackMs) before = values[at - 1];
    Pane& pane = panes[end_ms];
    const auto partial = pane.try_emplace(group, needs_).first;
    if (pane.size() > parts_.definition.groups_max) {
      return resource_exhausted(
          fmt::format("aggregation \"{}\": more than {} groups in a window, its groups_max",
                      parts_.definition.name, parts_.definition.groups_max));
    }
    partial->second.add_series(needs_, labels, before, times.subspan(at, next - at),
                               values.subspan(at, next - at));
    at = next;
  }
  return ok_status();
}

std::vector<OutputSample> window_outputs(const PaneReader::Parts& parts, const Partial::Needs& needs,
                                         const Panes& panes, TimestampMs first_ms, TimestampMs last_ms,
                                         const GroupTable& groups) {
  std::vector<OutputSample> out;
  const int64_t length_ms = window_length_ms(parts.definition.window);
  for (TimestampMs end_ms = first_ms; end_ms <= last_ms; end_ms += parts.length_ms) {
    const auto begin = panes.upper_bound(end_ms - length_ms);
    const auto end = panes.upper_bound(end_ms);
    std::set<uint32_t> present;
    for (auto pane = begin; pane != end; ++pane) {
      for (const auto& [group, partial] : pane->second) present.insert(group);
    }
    for (const uint32_t group : present) {
      Partial window(needs);
      for (auto pane = begin; pane != end; ++pane) {
        if (const auto partial = pane->second.find(group); partial != pane->second.end())
          window.merge_later(partial->second);
      }
      if (window.empty()) continue;
      for (const Output& output : parts.definition.outputs) {
        out.push_back({parts.grouping.output_labels(groups.labels(group), output), end_ms,
                       window.value(output, length_ms)});
      }
    }
  }
  return out;
}

}  // namespace weir::aggregation
