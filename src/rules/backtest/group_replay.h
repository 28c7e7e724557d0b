#pragma once

#include <cstdint>
#include <vector>

#include "rules/backtest/alert_history.h"
#include "rules/backtest/backtest.h"
#include "rules/backtest/made_series.h"
#include "rules/evaluation/group_state.h"

namespace weir::rules::backtest {

/// One group on its way through history. Owned by one thread.
class GroupReplay {
 public:
  /// `group` outlives it.
  GroupReplay(const RuleGroup& group, const Options& options);

  TimestampMs next_ms() const { return next_ms_; }
  size_t rule_count() const { return state_.rules().size(); }

  /// Evaluates it for its next time, puts what it makes into `made`, and moves on. Errors: those of
  /// GroupState::evaluate, after which it is of no further use but for what it has seen before.
  Status evaluate(const Environment& environment, const os::Clock& clock, MadeSeries& made);
  /// Takes note of the evaluation made last. Returns by how many bytes, about, what is kept has grown.
  size_t observe();

  GroupOutcome finish(const MadeSeries& made);

 private:
  const RuleGroup& group_;
  const int64_t interval_ms_;
  const int64_t query_offset_ms_;
  TimestampMs next_ms_;
  TimestampMs evaluated_ms_ = 0;
  GroupState state_;
  std::vector<RuleOutcome> rules_;
  std::vector<AlertHistory> histories_;
};

/// Between the evaluations of a group.
int64_t interval_of(const RuleGroup& group, const Options& options);

}  // namespace weir::rules::backtest
