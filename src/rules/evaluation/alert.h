#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "model/labels.h"
#include "rules/rule_file.h"
#include "rules/template/value.h"

namespace weir::rules {

enum class AlertState { kInactive, kPending, kFiring };

/// `inactive`, `pending`, `firing`.
std::string_view text(AlertState state);

/// What an alerting rule found at one label set, from the first time on.
struct Alert {
  Labels labels;  ///< With `alertname`, without `__name__`; they say which alert of its rule it is.
  TextMap annotations;
  AlertState state = AlertState::kPending;
  templates::SampleValue value = 0.0;  ///< When it was found last.
  TimestampMs active_at_ms = 0;        ///< Since when the expression has had it without a break.
  std::optional<TimestampMs> fired_at_ms;
  /// Of an alert that fired and was not found again: since when. It is kept for a while, so that the end of
  /// an incident is told also where the first attempt fails.
  std::optional<TimestampMs> resolved_at_ms;
  std::optional<TimestampMs> keep_firing_since_ms;  ///< Not found since; fires on for `keep_firing_for`.
  /// Since when the samples are missing that the condition is about: nobody knows whether it still holds. The
  /// alert stays as it is meanwhile.
  std::optional<TimestampMs> unknown_since_ms;
};

}  // namespace weir::rules
