#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/time.h"
#include "model/labels.h"
#include "rules/backtest/outcome.h"
#include "rules/evaluation/alert.h"

namespace weir::rules::backtest {

/// The alerts of one rule as they come and go from one evaluation to the next. Owned by one thread.
class AlertHistory {
 public:
  /// `alerts`: those of RuleState after its evaluation for `at_ms`. Times ascend. Returns by how many bytes,
  /// about, what is remembered has grown.
  size_t observe(const std::map<Labels, Alert>& alerts, TimestampMs at_ms);

  uint64_t firing_peak() const { return firing_peak_; }
  /// What has been seen; nothing is left here.
  std::vector<AlertInstance> take();

 private:
  struct Tracked {
    AlertInstance instance;
    bool open = false;  // whether the last interval goes on
    bool seen = false;
  };

  static size_t follow(Tracked& tracked, const Alert& alert);
  static size_t annotate(Tracked& tracked, const Alert& alert);

  std::map<Labels, Tracked> tracked_;
  uint64_t firing_peak_ = 0;
};

}  // namespace weir::rules::backtest
