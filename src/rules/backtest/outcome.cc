#include "rules/backtest/outcome.h"

#include <algorithm>

namespace weir::rules::backtest {

size_t AlertInstance::firing_count() const {
  return static_cast<size_t>(std::ranges::count_if(
      intervals, [](const AlertInterval& interval) { return interval.firing_ms.has_value(); }));
}

size_t RuleOutcome::firing_count() const {
  size_t count = 0;
  for (const AlertInstance& alert : alerts) count += alert.firing_count();
  return count;
}

int64_t RuleOutcome::firing_ms(TimestampMs until_ms) const {
  int64_t total_ms = 0;
  for (const AlertInstance& alert : alerts) {
    for (const AlertInterval& interval : alert.intervals) {
      if (interval.firing_ms) total_ms += interval.end_ms.value_or(until_ms) - *interval.firing_ms;
    }
  }
  return total_ms;
}

bool GroupOutcome::has_failures() const {
  return std::ranges::any_of(rules, [](const RuleOutcome& rule) { return rule.failures > 0; });
}

}  // namespace weir::rules::backtest
