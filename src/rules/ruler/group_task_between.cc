#include <algorithm>

#include "rules/ruler/group_task.h"

// What happens between the times of a group: samples that change what its rules find.
namespace weir::rules {
namespace {

using os::milliseconds;

/// How often a rule is looked at whose samples change all the time.
constexpr milliseconds kLookGap{100};

// Of rules that a trigger does not evaluate sooner still. Where the labels of alerts come from templates,
// they may be others though the series are the same.
bool is_looked_at(const Rule& rule) {
  const bool has_templates = std::ranges::any_of(
      rule.labels, [](const auto& label) { return label.second.find("{{") != std::string::npos; });
  return !rule.alert.empty() && !has_templates && !Trigger::of(rule);
}

}  // namespace

// Rules that look back in time have to wait for it.
void GroupTask::set_triggers() {
  std::vector<TriggerIndex::NewTrigger> triggers;
  for (size_t i = 0; query_offset_ms_ == 0 && i < state_->rules().size(); ++i) {
    if (auto trigger = Trigger::of(state_->rules()[i].rule()))
      triggers.push_back({{number_, i}, *std::move(trigger)});
  }
  host_.triggers.set(tenant_, number_, std::move(triggers));
}

void GroupTask::hold_views() {
  release_views();
  if (!parts_.hold_views) return;
  for (size_t i = 0; i < state_->rules().size(); ++i) {
    const Rule& rule = state_->rules()[i].rule();
    store::SelectorViews::OnChange on_change;
    if (query_offset_ms_ == 0 && is_looked_at(rule) && host_.on_change) {
      on_change = [on_change = host_.on_change, number = number_, i](TimestampMs newest_ms) {
        on_change(number, i, newest_ms);
      };
    }
    if (auto views = parts_.hold_views(tenant_, rule.expr, std::move(on_change)))
      views_.push_back(std::move(views));
  }
}

void GroupTask::release_views() {
  views_.clear();
  changed_.clear();
}

// At the time of the sample, or at once where the rule has been evaluated for that already. A sample of the
// future has to wait for it.
Status GroupTask::evaluate_woken(const Wanted& wanted) {
  const TimestampMs now_ms = parts_.clock.wall_ms();
  if (wanted.woken_ms > now_ms) return {};
  TimestampMs at_ms = wanted.woken_ms;
  for (const size_t rule : wanted.woken) {
    if (state_->health()[rule].at_ms >= at_ms) at_ms = now_ms;
  }
  return evaluate_between(wanted.woken, at_ms);
}

// At a time that the watermark has reached, between those of the group.
Status GroupTask::look_at_changed() {
  const auto watermark_ms = parts_.watermark_ms(tenant_);
  if (!watermark_ms) return {};
  const TimestampMs at_ms = std::min(*watermark_ms, parts_.clock.wall_ms());
  for (const size_t rule : changed_.due(at_ms, parts_.clock.steady())) {
    const os::SteadyTime began = parts_.clock.steady();
    if (const os::SteadyTime free_at = host_.looks.free_at(); free_at > began) {
      changed_.put_off(rule, free_at);
      continue;
    }
    const bool is_other = finds_others(rule, at_ms);
    const os::SteadyTime now = parts_.clock.steady();
    host_.looks.spend(now, std::chrono::duration_cast<std::chrono::microseconds>(now - began));
    changed_.looked_at(rule, at_ms);
    changed_.put_off(rule, now + kLookGap);
    if (is_other) RETURN_IF_ERROR(evaluate_between({rule}, at_ms));
  }
  return {};
}

// Most samples change no alert. Only where the series that the rule finds are others is it evaluated, so that
// what it makes has no times beside those of the group but for changes.
bool GroupTask::finds_others(size_t rule, TimestampMs at_ms) const {
  if (state_->health()[rule].at_ms >= at_ms) return false;
  const RuleState& state = state_->rules()[rule];
  const auto found = parts_.query(tenant_, state.rule().expr, at_ms);
  return found.ok() && found_digest(*found) != state.found_digest();
}

Status GroupTask::evaluate_between(const std::set<size_t>& rules, TimestampMs at_ms) {
  RETURN_IF_ERROR(
      state_->evaluate_some(rules, environment(), {at_ms, 0}, parts_.clock,
                            [&](const Batch& samples) { return parts_.write(tenant_, samples); }));
  metrics_.evaluations.add(rules.size());
  RETURN_IF_ERROR(keep());
  publish();
  return {};
}

}  // namespace weir::rules
