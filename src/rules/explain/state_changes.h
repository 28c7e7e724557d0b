#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/labels.h"
#include "model/time_range.h"
#include "rules/evaluation/alert.h"
#include "rules/explain/selector_samples.h"

namespace weir::rules::explain {

/// An alert that began to be pending or to fire, or was resolved.
struct StateChange {
  TimestampMs at_ms = 0;
  Labels labels;  ///< With `alertname`.
  AlertState from = AlertState::kInactive;
  AlertState to = AlertState::kInactive;
};

struct StateChanges {
  std::vector<StateChange> changes;  ///< By time; the newest where there are too many.
  bool has_more = false;
};

struct ChangesWanted {
  std::string alertname;
  TimeRange range;
  int64_t gap_ms = 0;                       ///< After so long without a sample an alert is taken to be gone.
  std::function<bool(LabelsView)> matches;  ///< Whether an alert with these labels is wanted.
  size_t changes_max = 100;
  uint64_t samples_max = 2'000'000;  ///< That are read.
};

/// What has become of alerts, by the series `ALERTS` of the store. Where an alert was there at the begin of
/// the range already, it is not said when it began. Errors: those of the store; kResourceExhausted beyond the
/// number of samples.
Result<StateChanges> state_changes(const ChangesWanted& wanted, const Parts& parts);

}  // namespace weir::rules::explain
