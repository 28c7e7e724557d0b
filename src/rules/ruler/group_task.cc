#include "rules/ruler/group_task.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "rules/rule_file_text.h"
#include "rules/ruler/rule_documents.h"
#include "rules/ruler/state_document.h"
#include "telemetry/logger.h"

namespace weir::rules {
namespace {

using os::milliseconds;

constexpr std::string_view kStateKind = "rule-state";
constexpr milliseconds kCatalogueTimeout{10'000};
constexpr milliseconds kRetry{1'000};
constexpr milliseconds kLeastWait{5};
/// Evaluations that take longer than the interval before times are left out: a database that is slow for a
/// while is made up for.
constexpr int kSlowInARow = 10;
/// How often the time of the last evaluation is kept where nothing else has changed. A process that ends in
/// between evaluates so much again, with the same outcome.
constexpr milliseconds kSaveInterval{15'000};
constexpr milliseconds kAnnounceInterval{60'000};

std::vector<double> second_bounds() {
  return {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
}
}  // namespace

RulerMetrics::RulerMetrics(telemetry::Registry& registry)
    : evaluations(registry.counter("weir_rule_evaluations_total", "Rules evaluated.")),
      failures(registry.counter("weir_rule_evaluation_failures_total", "Evaluations of rules that failed.")),
      missed(registry.counter(
          "weir_rule_group_iterations_missed_total",
          "Times that groups of rules left out, since they take longer than their interval.")),
      state_failures(registry.counter("weir_rule_state_failures_total",
                                      "Attempts to keep what a group of rules remembers that failed.")),
      seconds(registry.histogram("weir_rule_group_duration_seconds", "How long evaluating a group took.",
                                 second_bounds())),
      delay_seconds(registry.histogram("weir_rule_group_delay_seconds",
                                       "From the time that a group is evaluated for until it has been.",
                                       second_bounds())) {}

GroupTask::GroupTask(TenantGroup group, uint64_t number, Host& host)
    : tenant_(group.tenant),
      name_space_(std::move(group.name_space)),
      host_(host),
      options_(host.options),
      parts_(host.parts),
      metrics_(host.metrics),
      number_(number),
      state_key_(group_key(name_space_, group.group.name)) {
  use(group.group);
  publish();
}

void GroupTask::change(RuleGroup group) {
  std::lock_guard lock(mutex_);
  wanted_.group = std::move(group);
}

void GroupTask::retire() {
  std::lock_guard lock(mutex_);
  wanted_.retired = true;
}

void GroupTask::wake(size_t rule, TimestampMs at_ms) {
  std::lock_guard lock(mutex_);
  wanted_.woken.insert(rule);
  wanted_.woken_ms = std::max(wanted_.woken_ms, at_ms);
}

void GroupTask::note_changed(size_t rule, TimestampMs newest_ms) {
  std::lock_guard lock(mutex_);
  TimestampMs& noted = wanted_.changed[rule];
  noted = std::max(noted, newest_ms);
}

GroupStatus GroupTask::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

std::optional<os::SteadyTime> GroupTask::step() {
  Wanted wanted;
  {
    std::lock_guard lock(mutex_);
    std::swap(wanted, wanted_);
  }
  if (wanted.retired) return finish() ? std::nullopt : std::optional(after(kRetry));
  if (wanted.group) use(*wanted.group);
  if (!loaded_) {
    if (const Status loaded = load(); !loaded.ok()) {
      metrics_.state_failures.add();
      telemetry::log_warn("rules", "cannot read what a group remembers",
                          {{"group", group_.name}, {"error", loaded.error().message}});
      return after(kRetry);
    }
  }
  // What is woken by rules that are no more, or cannot be evaluated now, the group's own time brings.
  if (!wanted.group && !wanted.woken.empty()) {
    if (const Status outcome = evaluate_woken(wanted); !outcome.ok())
      telemetry::log_warn("rules", "a rule waits for its time",
                          {{"group", group_.name}, {"error", outcome.error().message}});
    if (!loaded_) return after(kRetry);
  }
  if (!wanted.group) {
    for (const auto& [rule, newest_ms] : wanted.changed) changed_.note(rule, newest_ms);
  }
  if (!time_left()) {
    if (const Status outcome = evaluate(); !outcome.ok()) {
      telemetry::log_warn("rules", "evaluates a group again",
                          {{"group", group_.name}, {"error", outcome.error().message}});
      return after(kRetry);
    }
  }
  if (const Status outcome = look_at_changed(); !outcome.ok()) {
    telemetry::log_warn("rules", "a rule waits for its time",
                        {{"group", group_.name}, {"error", outcome.error().message}});
    return after(kRetry);
  }
  return next_step();
}

os::SteadyTime GroupTask::next_step() const {
  const milliseconds of_group = time_left().value_or(milliseconds(0));
  const auto of_changed = changed_.wait(parts_.watermark_ms(tenant_), parts_.clock.steady());
  return after(std::min(of_group, of_changed.value_or(of_group)));
}

// Takes other rules; what the former ones remember goes to those that are still there.
void GroupTask::use(const RuleGroup& group) {
  auto state = std::make_unique<GroupState>(group);
  if (state_ != nullptr) {
    recall(remembered(*state_, evaluated_ms_), *state);
    state->take_series(*state_);
  }
  state_ = std::move(state);
  group_ = group;
  interval_ms_ = group.interval_ms > 0 ? group.interval_ms : options_.interval_ms;
  query_offset_ms_ = group.query_offset_ms.value_or(options_.query_offset_ms);
  if (loaded_) next_ms_ = first_time(evaluated_ms_);
  set_triggers();
  hold_views();
}

Status GroupTask::load() {
  const auto document = parts_.meta.get(tenant_, kStateKind, state_key_, deadline());
  RememberedGroup group;
  version_ = 0;
  if (document.ok()) {
    version_ = document->version;
    auto decoded = decode_state(document->body);
    if (decoded.ok()) {
      group = *std::move(decoded);
    } else {
      telemetry::log_error("rules", "what a group remembers is not readable; it begins anew",
                           {{"group", group_.name}, {"error", decoded.error().message}});
    }
  } else if (document.error().code != Code::kNotFound) {
    return document.error();
  }
  recall(group, *state_);
  evaluated_ms_ = group.evaluated_ms;
  next_ms_ = first_time(evaluated_ms_);
  saved_digest_ = alerts_digest();
  loaded_ = true;
  knows_series_ = false;
  // What was kept need not have been told, and the next evaluation may put another incident in its place.
  announce(true);
  return {};
}

// The first time of the group's grid after the last evaluation, or the newest one where there was none; but
// none of long ago.
TimestampMs GroupTask::first_time(TimestampMs evaluated_ms) const {
  const TimestampMs now_ms = parts_.clock.wall_ms();
  const int64_t phase_ms =
      static_cast<int64_t>(stable_hash(state_key_, tenant_.value()) % static_cast<uint64_t>(interval_ms_));
  const auto newest_at = [&](TimestampMs at_ms) {
    const int64_t since_ms = at_ms - phase_ms;
    return since_ms < 0 ? phase_ms : since_ms / interval_ms_ * interval_ms_ + phase_ms;
  };
  if (evaluated_ms == 0) return newest_at(now_ms);
  const TimestampMs earliest_ms = std::max(evaluated_ms, now_ms - options_.catch_up_ms_max);
  return newest_at(earliest_ms) + interval_ms_;
}

// nullopt when the next time can be evaluated.
std::optional<milliseconds> GroupTask::time_left() const {
  const auto watermark_ms = parts_.watermark_ms(tenant_);
  const int64_t of_clock = next_ms_ - parts_.clock.wall_ms();
  const int64_t of_data = watermark_ms
                              ? std::min<int64_t>(next_ms_ - query_offset_ms_ - *watermark_ms, kRetry.count())
                              : kRetry.count();
  const int64_t left = std::max(of_clock, of_data);
  if (left <= 0) return std::nullopt;
  return std::max(milliseconds(left), kLeastWait);
}

Environment GroupTask::environment() const {
  return {[this](const std::string& expr, TimestampMs at_ms) { return parts_.query(tenant_, expr, at_ms); },
          options_.external_labels, options_.external_url, options_.unknown_ms_max};
}

Status GroupTask::evaluate() {
  const os::SteadyTime began = parts_.clock.steady();
  if (!knows_series_ && evaluated_ms_ > 0)
    RETURN_IF_ERROR(state_->find_series(environment(), {evaluated_ms_, query_offset_ms_}));
  knows_series_ = true;
  os::SteadyTime::duration writing{0};
  const auto write = [&](const Batch& samples) {
    const os::SteadyTime write_began = parts_.clock.steady();
    Status outcome = parts_.write(tenant_, samples);
    writing += parts_.clock.steady() - write_began;
    return outcome;
  };
  const Status written = state_->evaluate(environment(), {next_ms_, query_offset_ms_}, parts_.clock, write);
  const auto took = parts_.clock.steady() - began;
  took_ = std::chrono::duration_cast<std::chrono::microseconds>(took);
  for (const RuleHealth& health : state_->health()) {
    metrics_.evaluations.add();
    if (!health.error.empty()) metrics_.failures.add();
  }
  metrics_.seconds.observe(std::chrono::duration<double>(took).count());
  publish();
  RETURN_IF_ERROR(written);
  metrics_.delay_seconds.observe(static_cast<double>(parts_.clock.wall_ms() - next_ms_) / 1000);
  evaluated_ms_ = next_ms_;
  RETURN_IF_ERROR(keep());
  advance(std::chrono::duration_cast<milliseconds>(took - writing));
  publish();
  return {};
}

// Makes a change durable, and then tells of it.
Status GroupTask::keep() {
  const uint64_t digest = alerts_digest();
  const bool changed = digest != saved_digest_;
  if (changed || parts_.clock.steady() >= next_save_) RETURN_IF_ERROR(save());
  saved_digest_ = digest;
  announce(changed);
  return {};
}

// To the next time; past those that have come meanwhile where evaluating the rules takes longer than their
// interval again and again. What waits for a store or a log that is away, or until what was written can be
// read while processors are, is an outage: the times that pass are evaluated all the same.
void GroupTask::advance(milliseconds took) {
  next_ms_ += interval_ms_;
  slow_in_a_row_ = took.count() > interval_ms_ ? slow_in_a_row_ + 1 : 0;
  if (slow_in_a_row_ < kSlowInARow) return;
  const int64_t behind = (parts_.clock.wall_ms() - next_ms_) / interval_ms_;
  if (behind <= 0) return;
  next_ms_ += behind * interval_ms_;
  metrics_.missed.add(static_cast<uint64_t>(behind));
}

// Fenced by the version: where another process has written, this one takes over what it says.
Status GroupTask::save() {
  const auto version =
      parts_.meta.put(tenant_, kStateKind, state_key_, encode_state(remembered(*state_, evaluated_ms_)),
                      version_, deadline());
  if (!version.ok()) {
    metrics_.state_failures.add();
    loaded_ = loaded_ && version.error().code != Code::kAlreadyExists;
    return version.error();
  }
  version_ = *version;
  next_save_ = after(kSaveInterval);
  return {};
}

void GroupTask::announce(bool changed) {
  if (!changed && parts_.clock.steady() < next_announcement_) return;
  next_announcement_ = after(kAnnounceInterval);
  std::vector<AnnouncedAlert> alerts;
  for (const RuleState& rule : state_->rules()) {
    for (const auto& [labels, alert] : rule.alerts()) {
      if (alert.state == AlertState::kFiring || alert.resolved_at_ms)
        alerts.push_back({alert, rule.printed_expr()});
    }
  }
  if (!alerts.empty()) parts_.announce(tenant_, alerts);
}

// What was made ends here. False when that has to be tried again.
bool GroupTask::finish() {
  forget_triggers();
  release_views();
  Batch ends;
  state_->add_ends(parts_.clock.wall_ms(), ends);
  Status outcome = ends.empty() ? Status() : parts_.write(tenant_, ends);
  if (outcome.ok()) {
    outcome = parts_.meta.erase(tenant_, kStateKind, state_key_, std::nullopt, deadline());
    if (!outcome.ok() && outcome.error().code == Code::kNotFound) outcome = {};
  }
  if (outcome.ok()) return true;
  telemetry::log_warn("rules", "cannot end a group yet",
                      {{"group", group_.name}, {"error", outcome.error().message}});
  retire();
  return false;
}

void GroupTask::publish() {
  GroupStatus status{name_space_,      group_.name,   interval_ms_, group_.limit,
                     query_offset_ms_, evaluated_ms_, took_,        {}};
  for (size_t i = 0; i < state_->rules().size(); ++i) {
    const RuleState& state = state_->rules()[i];
    RuleStatus& rule = status.rules.emplace_back(
        RuleStatus{state.rule(), state.printed_expr(), state_->health()[i], state.state(), {}});
    for (const auto& [labels, alert] : state.alerts()) {
      if (alert.state != AlertState::kInactive) rule.alerts.push_back(alert);
    }
  }
  std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

Deadline GroupTask::deadline() const {
  return Deadline::after(parts_.clock, kCatalogueTimeout);
}

// Of what must not be lost: values and annotations come again with the next evaluation.
uint64_t GroupTask::alerts_digest() const {
  std::string text;
  for (const RuleState& rule : state_->rules()) {
    text += fmt::format("{}\n", rule.alerts().size());
    for (const auto& [labels, alert] : rule.alerts()) {
      text.append(labels.view().bytes());
      text += fmt::format("\n{} {} {} {} {} {}\n", rules::text(alert.state), alert.active_at_ms,
                          alert.fired_at_ms.value_or(0), alert.resolved_at_ms.value_or(0),
                          alert.keep_firing_since_ms.value_or(0), alert.unknown_since_ms.value_or(0));
    }
  }
  return stable_hash(text);
}

}  // namespace weir::rules
