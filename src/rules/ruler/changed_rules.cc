#include "rules/ruler/changed_rules.h"

#include <algorithm>

namespace weir::rules {
namespace {

constexpr os::milliseconds kWaitMin{5};
constexpr os::milliseconds kWaitMax{50};

}  // namespace

void ChangedRules::note(size_t rule, TimestampMs newest_ms) {
  Rule& of = rules_[rule];
  of.first_ms = of.waits ? std::min(of.first_ms, newest_ms) : newest_ms;
  of.last_ms = of.waits ? std::max(of.last_ms, newest_ms) : newest_ms;
  of.waits = true;
}

std::vector<size_t> ChangedRules::due(TimestampMs watermark_ms, os::SteadyTime now) const {
  std::vector<size_t> all;
  for (const auto& [number, rule] : rules_) {
    if (rule.waits && rule.first_ms <= watermark_ms && rule.next <= now) all.push_back(number);
  }
  return all;
}

void ChangedRules::looked_at(size_t rule, TimestampMs at_ms) {
  Rule& of = rules_[rule];
  of.waits = of.waits && of.last_ms > at_ms;
  of.first_ms = std::max(of.first_ms, at_ms + 1);
}

std::optional<os::milliseconds> ChangedRules::wait(std::optional<TimestampMs> watermark_ms,
                                                   os::SteadyTime now) const {
  std::optional<os::milliseconds> least;
  for (const auto& [number, rule] : rules_) {
    if (!rule.waits) continue;
    const os::milliseconds of_data =
        watermark_ms ? os::milliseconds(rule.first_ms - *watermark_ms) : kWaitMax;
    const auto of_gap = std::chrono::ceil<os::milliseconds>(rule.next - now);
    const os::milliseconds wait = std::max({std::min(of_data, kWaitMax), of_gap, kWaitMin});
    least = std::min(least.value_or(wait), wait);
  }
  return least;
}

}  // namespace weir::rules
