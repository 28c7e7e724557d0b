#include "rules/explain/state_changes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "query/label_sets.h"

namespace weir::rules::explain {
namespace {

/// A time in which an alert was in one state.
struct Run {
  AlertState state = AlertState::kInactive;
  TimestampMs begin_ms = 0;
  std::optional<TimestampMs> end_ms;  // absent: it goes on
};

// A stale marker ends a run at its time, silence at the last sample before it.
std::vector<Run> runs_of(const SampleColumns& samples, AlertState state, const ChangesWanted& wanted) {
  std::vector<Run> runs;
  TimestampMs last_ms = 0;
  const auto end_if_silent = [&](TimestampMs now_ms) {
    if (!runs.empty() && !runs.back().end_ms && now_ms - last_ms > wanted.gap_ms)
      runs.back().end_ms = last_ms;
  };
  for (size_t i = 0; i < samples.size(); ++i) {
    const TimestampMs at_ms = samples.timestamps_ms[i];
    end_if_silent(at_ms);
    const bool is_open = !runs.empty() && !runs.back().end_ms;
    if (is_stale(samples.values[i])) {
      if (is_open) runs.back().end_ms = at_ms;
      continue;
    }
    if (!is_open) runs.push_back({state, at_ms, std::nullopt});
    last_ms = at_ms;
  }
  end_if_silent(wanted.range.maxt_ms);
  return runs;
}

// Of one alert, whose runs are by time.
void add_changes(const Labels& labels, const std::vector<Run>& runs, const ChangesWanted& wanted,
                 std::vector<StateChange>& out) {
  AlertState before = AlertState::kInactive;
  for (size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    const bool was_there = i == 0 && run.begin_ms - wanted.range.mint_ms <= wanted.gap_ms;
    if (!was_there) out.push_back({run.begin_ms, labels, before, run.state});
    const bool goes_over = i + 1 < runs.size() && run.end_ms && runs[i + 1].begin_ms <= *run.end_ms;
    if (run.end_ms && !goes_over) out.push_back({*run.end_ms, labels, run.state, AlertState::kInactive});
    before = goes_over ? run.state : AlertState::kInactive;
  }
}

std::optional<AlertState> state_of(std::string_view name) {
  if (name == text(AlertState::kPending)) return AlertState::kPending;
  if (name == text(AlertState::kFiring)) return AlertState::kFiring;
  return std::nullopt;
}

Result<std::map<Labels, std::vector<Run>>> read_runs(const ChangesWanted& wanted, const Parts& parts) {
  const std::vector<Matcher> matchers = {Matcher::equal(std::string(kMetricName), "ALERTS"),
                                         Matcher::equal("alertname", wanted.alertname)};
  const query::QueryContext& context = parts.context;
  const store::SelectRequest request{matchers, wanted.range, context.limits.query_series_max};
  ASSIGN_OR_RETURN(const auto set, parts.store.select(context.tenant, request, context.deadline));
  std::map<Labels, std::vector<Run>> all;
  uint64_t read = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, set->next());
    if (!more) return all;
    const auto state = state_of(set->labels().get("alertstate"));
    Labels labels = query::set_label(query::set_label(set->labels(), kMetricName, {}), "alertstate", {});
    if (!state || !wanted.matches(labels)) continue;
    SampleColumns samples;
    RETURN_IF_ERROR(set->read(samples));
    read += samples.size();
    if (read > wanted.samples_max) {
      return resource_exhausted(
          fmt::format("ALERTS: more than {} samples of \"{}\", limit {}; take a shorter time",
                      wanted.samples_max, wanted.alertname, wanted.samples_max));
    }
    std::vector<Run>& runs = all[std::move(labels)];
    for (Run& run : runs_of(samples, *state, wanted)) runs.push_back(run);
  }
}

}  // namespace

Result<StateChanges> state_changes(const ChangesWanted& wanted, const Parts& parts) {
  ASSIGN_OR_RETURN(auto alerts, read_runs(wanted, parts));
  StateChanges out;
  for (auto& [labels, runs] : alerts) {
    std::ranges::stable_sort(runs, {}, &Run::begin_ms);
    add_changes(labels, runs, wanted, out.changes);
  }
  std::ranges::stable_sort(out.changes, {}, &StateChange::at_ms);
  out.has_more = out.changes.size() > wanted.changes_max;
  if (out.has_more) {
    out.changes.erase(out.changes.begin(), out.changes.end() - static_cast<ptrdiff_t>(wanted.changes_max));
  }
  return out;
}

}  // namespace weir::rules::explain
