#include "rules/backtest/alert_history.h"

#include <algorithm>
#include <utility>

namespace weir::rules::backtest {
namespace {

size_t bytes_of(const TextMap& texts) {
  size_t bytes = 0;
  for (const auto& [name, text] : texts) bytes += name.size() + text.size();
  return bytes;
}

}  // namespace

size_t AlertHistory::observe(const std::map<Labels, Alert>& alerts, TimestampMs at_ms) {
  size_t grown = 0;
  uint64_t firing = 0;
  for (auto& [labels, tracked] : tracked_) tracked.seen = false;
  for (const auto& [labels, alert] : alerts) {
    const bool active = alert.state != AlertState::kInactive;
    auto at = tracked_.find(labels);
    if (at == tracked_.end()) {
      if (!active) continue;
      at = tracked_.emplace(labels, Tracked{{alert.labels, {}, {}}}).first;
      grown += sizeof(Tracked) + 2 * labels.view().bytes().size();
    }
    at->second.seen = active;
    if (active) grown += follow(at->second, alert);
    firing += alert.state == AlertState::kFiring ? 1u : 0u;
  }
  for (auto& [labels, tracked] : tracked_) {
    if (tracked.open && !tracked.seen) {
      tracked.instance.intervals.back().end_ms = at_ms;
      tracked.open = false;
    }
  }
  firing_peak_ = std::max(firing_peak_, firing);
  return grown;
}

size_t AlertHistory::follow(Tracked& tracked, const Alert& alert) {
  std::vector<AlertInterval>& intervals = tracked.instance.intervals;
  size_t grown = 0;
  if (!tracked.open) {
    intervals.push_back({.pending_ms = alert.active_at_ms});
    tracked.open = true;
    grown += sizeof(AlertInterval);
  }
  AlertInterval& interval = intervals.back();
  if (!interval.firing_ms) {
    interval.value = alert.value;
    interval.firing_ms = alert.fired_at_ms;
  }
  return grown + annotate(tracked, alert);
}

size_t AlertHistory::annotate(Tracked& tracked, const Alert& alert) {
  TextMap& shown = tracked.instance.annotations;
  const bool has_fired = tracked.instance.firing_count() > 0;
  if (has_fired && alert.state != AlertState::kFiring) return 0;
  if (shown == alert.annotations) return 0;
  const size_t before = bytes_of(shown);
  shown = alert.annotations;
  return std::max(bytes_of(shown), before) - before;
}

std::vector<AlertInstance> AlertHistory::take() {
  std::vector<AlertInstance> out;
  for (auto& [labels, tracked] : tracked_) out.push_back(std::move(tracked.instance));
  tracked_.clear();
  return out;
}

}  // namespace weir::rules::backtest
