#include "aggregation/recount.h"

#include <algorithm>
#include <utility>

namespace weir::aggregation {
namespace {

/// Groups that are remembered beside those of the newest windows.
constexpr size_t kGroupsKept = 200'000;

bool is_session(const Window& window) {
  return std::holds_alternative<Session>(window);
}

}  // namespace

TimestampMs place_of(const Window& window, TimestampMs at_ms) {
  return ceil_to(at_ms, is_session(window) ? window_length_ms(window) : window_step_ms(window));
}

// The first rise of a series behind the place is counted from its last sample in it.
TimestampMs touched_until(const Definition& definition, TimestampMs place_ms) {
  const bool looks_back = Partial::Needs::of(definition).increase;
  const TimestampMs reach_ms = place_of(definition.window, place_ms + (looks_back ? kIncreaseLookbackMs : 0));
  if (is_session(definition.window)) return reach_ms;
  return reach_ms + window_length_ms(definition.window) - window_step_ms(definition.window);
}

TimestampMs needed_from(const Definition& definition, TimestampMs place_ms) {
  const bool looks_back = Partial::Needs::of(definition).increase;
  return place_ms - window_length_ms(definition.window) + 1 - (looks_back ? kIncreaseLookbackMs : 0);
}

Recount::Recount(const Definition& definition, store::Store& store, TenantId tenant,
                 decltype(PaneReader::Parts::shared_scan) shared_scan)
    : definition_(definition),
      grouping_(definition),
      parts_{definition,
             grouping_,
             store,
             tenant,
             window_step_ms(definition.window),
             is_session(definition.window) ? nullptr : std::move(shared_scan)},
      panes_(parts_),
      groups_(grouping_) {
  if (is_session(definition.window)) sessions_.emplace(parts_);
}

Result<std::vector<OutputSample>> Recount::windows(TimestampMs from_ms, TimestampMs to_ms,
                                                   Deadline deadline) {
  if (sessions_) return sessions_->read(from_ms, to_ms, std::nullopt, deadline);
  const TimestampMs first_ms = floor_to(from_ms, parts_.length_ms) + parts_.length_ms;
  const TimestampMs last_ms = floor_to(to_ms, parts_.length_ms);
  if (first_ms > last_ms) return std::vector<OutputSample>();
  return pane_windows(first_ms, last_ms, deadline);
}

// Of windows that overlap, panes that the last ones had are not read again.
Result<std::vector<OutputSample>> Recount::pane_windows(TimestampMs first_ms, TimestampMs last_ms,
                                                        Deadline deadline) {
  if (groups_.size() > kGroupsKept) {
    groups_.clear();
    kept_.clear();
  }
  const int64_t length_ms = window_length_ms(definition_.window);
  TimestampMs read_from_ms = first_ms - length_ms + parts_.length_ms;
  kept_.erase(kept_.begin(), kept_.lower_bound(read_from_ms));
  while (kept_.contains(read_from_ms)) read_from_ms += parts_.length_ms;
  kept_.erase(kept_.lower_bound(read_from_ms), kept_.end());
  if (read_from_ms <= last_ms) {
    ASSIGN_OR_RETURN(Panes read, panes_.read(read_from_ms, last_ms, std::nullopt, groups_, deadline));
    for (TimestampMs end_ms = read_from_ms; end_ms <= last_ms; end_ms += parts_.length_ms) kept_[end_ms];
    for (auto& [end_ms, pane] : read) kept_[end_ms] = std::move(pane);
  }
  auto outputs = window_outputs(parts_, panes_.needs(), kept_, first_ms, last_ms, groups_);
  if (length_ms == parts_.length_ms) kept_.clear();
  return outputs;
}

Result<Recount::Touched> Recount::touched(const Labels& group, TimestampMs place_ms, TimeRange ended,
                                          Deadline deadline) {
  const int64_t length_ms = window_length_ms(definition_.window);
  const TimestampMs last_ms = std::min(touched_until(definition_, place_ms), ended.maxt_ms);
  if (sessions_) {
    // A session's outputs stand before the time when it is over.
    const TimestampMs begin_ms = place_ms - length_ms;
    Touched touched{{}, {begin_ms + 1, last_ms}};
    ASSIGN_OR_RETURN(touched.outputs,
                     sessions_->read(std::max(begin_ms, ended.mint_ms), last_ms, group, deadline));
    return touched;
  }
  const int64_t pane_ms = parts_.length_ms;
  const TimestampMs first_end_ms = std::max(place_ms, floor_to(ended.mint_ms, pane_ms) + pane_ms);
  const TimestampMs last_end_ms = floor_to(last_ms, pane_ms);
  if (last_end_ms < first_end_ms) return Touched{{}, TimeRange::none()};
  GroupTable groups(grouping_);
  ASSIGN_OR_RETURN(const Panes panes,
                   panes_.read(first_end_ms - length_ms + pane_ms, last_end_ms, group, groups, deadline));
  return Touched{window_outputs(parts_, panes_.needs(), panes, first_end_ms, last_end_ms, groups),
                 {first_end_ms, last_end_ms}};
}

void Recount::forget_pane(TimestampMs place_ms) {
  kept_.erase(kept_.lower_bound(place_ms), kept_.upper_bound(touched_until(definition_, place_ms)));
}

}  // namespace weir::aggregation
