#include "store/embedded/hour_versions.h"

#include <algorithm>
#include <limits>

namespace weir::store::embedded {

TimeRange HourVersions::hour_of(TimestampMs at_ms) {
  const TimestampMs begin_ms = at_ms - at_ms % kHourMs;
  constexpr TimestampMs kLast = std::numeric_limits<TimestampMs>::max();
  return {begin_ms, begin_ms > kLast - (kHourMs - 1) ? kLast : begin_ms + (kHourMs - 1)};
}

void HourVersions::touch(TimestampMs at_ms, uint64_t version) {
  const TimestampMs begin_ms = hour_of(at_ms).mint_ms;
  if (begin_ms < folded_end_) {
    folded_version_ = version;
    return;
  }
  // Nearly always it is the newest one.
  if (!hours_.empty() && hours_.back().begin_ms == begin_ms) {
    hours_.back().version = version;
    return;
  }
  const auto at = std::lower_bound(hours_.begin(), hours_.end(), begin_ms,
                                   [](const Hour& hour, TimestampMs time) { return hour.begin_ms < time; });
  if (at != hours_.end() && at->begin_ms == begin_ms) {
    at->version = version;
    return;
  }
  hours_.insert(at, {begin_ms, version});
  if (hours_.size() > hours_max_) fold();
}

void HourVersions::fold() {
  const auto end = hours_.begin() + static_cast<std::ptrdiff_t>(hours_.size() / 2);
  for (auto hour = hours_.begin(); hour != end; ++hour)
    folded_version_ = std::max(folded_version_, hour->version);
  folded_end_ = std::prev(end)->begin_ms + kHourMs;
  hours_.erase(hours_.begin(), end);
}

uint64_t HourVersions::newest(const TimeRange& range) const {
  uint64_t newest = range.mint_ms < folded_end_ ? folded_version_ : 0;
  const TimestampMs first_ms = hour_of(std::max<TimestampMs>(range.mint_ms, 0)).mint_ms;
  auto hour = std::lower_bound(hours_.begin(), hours_.end(), first_ms,
                               [](const Hour& one, TimestampMs time) { return one.begin_ms < time; });
  for (; hour != hours_.end() && hour->begin_ms <= range.maxt_ms; ++hour)
    newest = std::max(newest, hour->version);
  return newest;
}

}  // namespace weir::store::embedded
