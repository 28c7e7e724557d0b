#pragma once

#include <optional>
#include <vector>

#include "aggregation/panes.h"
#include "aggregation/sessions.h"

namespace weir::aggregation {

/// Where samples of a group and one time are looked for, in order to correct what they are part of: the
/// pane's end, or the span's of sessions. Samples with one such time are corrected in one go.
TimestampMs place_of(const Window& window, TimestampMs at_ms);

/// The end of the last window, of the span for sessions, that a sample at that place may touch.
TimestampMs touched_until(const Definition& definition, TimestampMs place_ms);

/// The time of the oldest sample that may have a part in what a sample at that place touches.
TimestampMs needed_from(const Definition& definition, TimestampMs place_ms);

/// Makes the outputs of one aggregation of what the store holds. What comes out is a function of the stored
/// samples alone: not of their order, nor of how often they came, nor of when it is asked. Owned by one
/// thread.
class Recount {
 public:
  /// What the first two refer to outlives it. `shared_scan`: PaneReader::Parts::shared_scan, of windows that
  /// are no sessions.
  Recount(const Definition& definition, store::Store& store, TenantId tenant,
          decltype(PaneReader::Parts::shared_scan) shared_scan = {});

  const Grouping& grouping() const { return grouping_; }

  /// The outputs of all windows that end in (from_ms, to_ms], sessions that are over there. Errors as
  /// PaneReader::read.
  Result<std::vector<OutputSample>> windows(TimestampMs from_ms, TimestampMs to_ms, Deadline deadline);

  /// What a late sample touches.
  struct Touched {
    std::vector<OutputSample> outputs;  ///< As they ought to be.
    TimeRange times;  ///< All outputs of the group that are stored in these times are among them.
  };
  /// The outputs of one group that samples at a place are part of, of windows that ended in `ended`, its
  /// begin left out.
  Result<Touched> touched(const Labels& group, TimestampMs place_ms, TimeRange ended, Deadline deadline);

  /// What was kept of the pane is read anew, and what a sample there has a part in: something there has
  /// changed.
  void forget_pane(TimestampMs place_ms);

  uint64_t samples() const { return panes_.samples() + (sessions_ ? sessions_->samples() : 0); }

 private:
  Result<std::vector<OutputSample>> pane_windows(TimestampMs first_ms, TimestampMs last_ms,
                                                 Deadline deadline);

  const Definition& definition_;
  const Grouping grouping_;
  const PaneReader::Parts parts_;
  PaneReader panes_;
  std::optional<SessionReader> sessions_;  // in the place of panes
  GroupTable groups_;
  Panes kept_;  // of windows that overlap: what the next window needs again
};

}  // namespace weir::aggregation
