#include "rules/backtest/backtest.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/duration.h"
#include "query/running_queries.h"
#include "rules/backtest/group_replay.h"
#include "rules/backtest/overlay_store.h"
#include "rules/evaluation/instant_vector.h"

namespace weir::rules::backtest {
namespace {

/// The end of the year 9999.
constexpr TimestampMs kTimeMax = 253'402'300'799'999;

Status check_times(const Options& options) {
  if (options.start_ms < 0) return invalid_argument("backtest: the start lies before 1970");
  if (options.end_ms > kTimeMax) return invalid_argument("backtest: the end lies behind the year 9999");
  if (options.end_ms < options.start_ms) {
    return invalid_argument(fmt::format("backtest: the end, {}, lies before the start, {}",
                                        format_time(options.end_ms), format_time(options.start_ms)));
  }
  if (options.step_ms < 0 || options.interval_ms <= 0)
    return invalid_argument("backtest: the step must be positive");
  return {};
}

Status check_evaluations(const std::vector<RuleGroup>& groups, const Options& options) {
  uint64_t total = 0;
  for (const RuleGroup& group : groups) {
    const auto times =
        static_cast<uint64_t>((options.end_ms - options.start_ms) / interval_of(group, options)) + 1;
    // Bounded before it is multiplied, so that it cannot overflow. A group without rules takes its time, too.
    total += std::min(times, options.evaluations_max + 1) * std::max<size_t>(1, group.rules.size());
    if (total > options.evaluations_max) {
      return invalid_argument(fmt::format(
          "backtest: more than {} evaluations of rules, limit {}; take a shorter time, a longer "
          "step or fewer rules (group \"{}\": {} times {} rules)",
          options.evaluations_max, options.evaluations_max, group.name, times, group.rules.size()));
    }
  }
  return {};
}

/// One walk over history. One use, by one thread.
class Walk {
 public:
  Walk(const std::vector<RuleGroup>& groups, const Options& options, const Parts& parts)
      : options_(options),
        parts_(parts),
        outputs_(groups),
        made_(options.made_bytes_max),
        store_(parts.store, outputs_, made_),
        engine_(store_, parts.engine, parts.clock) {
    environment_.query = [this](const std::string& expr, TimestampMs at_ms) { return ask(expr, at_ms); };
    environment_.external_labels = options.external_labels;
    environment_.external_url = options.external_url;
    environment_.unknown_kept_ms = options.unknown_ms_max;
    for (const RuleGroup& group : groups) groups_.emplace_back(group, options);
  }

  Result<Outcome> run() {
    const os::SteadyTime began = parts_.clock.steady();
    Outcome outcome;
    outcome.start_ms = options_.start_ms;
    outcome.end_ms = outcome.until_ms = options_.end_ms;
    while (GroupReplay* group = next_group()) {
      const TimestampMs at_ms = group->next_ms();
      Status done = step(*group);
      if (done.ok()) continue;
      if (evaluations_ == 0) return std::move(done).error();
      outcome.until_ms = at_ms - 1;
      outcome.stopped = std::move(done).error();
      break;
    }
    for (GroupReplay& group : groups_) outcome.groups.push_back(group.finish(made_));
    outcome.evaluations = evaluations_;
    outcome.samples_read = samples_read_;
    outcome.samples_made = made_.sample_count();
    outcome.conflicts = made_.conflicts();
    outcome.took = std::chrono::duration_cast<std::chrono::microseconds>(parts_.clock.steady() - began);
    return outcome;
  }

 private:
  // The one whose time is the earliest, of several the one that stands first; null when all are at the end.
  GroupReplay* next_group() {
    const auto first = std::ranges::min_element(
        groups_, [](const GroupReplay& a, const GroupReplay& b) { return a.next_ms() < b.next_ms(); });
    return first == groups_.end() || first->next_ms() > options_.end_ms ? nullptr : &*first;
  }

  // A rule that has failed since time ran out has not failed by itself: of such an evaluation nothing is
  // told.
  Status step(GroupReplay& group) {
    RETURN_IF_ERROR(proceed());
    RETURN_IF_ERROR(group.evaluate(environment_, parts_.clock, made_));
    RETURN_IF_ERROR(proceed());
    evaluations_ += group.rule_count();
    kept_bytes_ += group.observe();
    if (kept_bytes_ <= options_.outcome_bytes_max) return {};
    return resource_exhausted(fmt::format("backtest: the alerts take more than {} bytes, limit {}",
                                          options_.outcome_bytes_max, options_.outcome_bytes_max));
  }

  Status proceed() const {
    if (parts_.context.running != nullptr) RETURN_IF_ERROR(parts_.context.running->proceed());
    if (!parts_.context.deadline.passed(parts_.clock)) return {};
    return deadline_exceeded("backtest: out of time");
  }

  Result<std::vector<RuleSample>> ask(const std::string& expr, TimestampMs at_ms) {
    query::QueryContext context = parts_.context;
    const os::SteadyTime latest =
        parts_.clock.steady() + os::milliseconds(parts_.context.limits.query_timeout_ms);
    context.deadline = Deadline::at(std::min(latest, parts_.context.deadline.when()));
    query::QueryStats stats;
    auto samples = instant_vector(engine_, context, expr, at_ms, &stats);
    samples_read_ += stats.samples_read;
    return samples;
  }

  const Options& options_;
  const Parts& parts_;
  const RuleOutputs outputs_;
  MadeSeries made_;
  OverlayStore store_;
  const query::Engine engine_;
  Environment environment_;
  std::vector<GroupReplay> groups_;
  uint64_t evaluations_ = 0;
  uint64_t samples_read_ = 0;
  size_t kept_bytes_ = 0;
};

}  // namespace

Result<Outcome> run_backtest(const std::vector<RuleGroup>& groups, const Options& options,
                             const Parts& parts) {
  RETURN_IF_ERROR(check_times(options));
  RETURN_IF_ERROR(check_evaluations(groups, options));
  return Walk(groups, options, parts).run();
}

}  // namespace weir::rules::backtest
