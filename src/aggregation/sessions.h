#pragma once

#include <optional>
#include <vector>

#include "aggregation/grouping.h"
#include "aggregation/panes.h"

namespace weir::aggregation {

/// The outputs of sessions in stored samples. A session's outputs stand at the time of its last sample. Owned
/// by one thread.
class SessionReader {
 public:
  /// All that `parts` names outlives it; `length_ms` is not used. The definition's window is a Session.
  explicit SessionReader(const PaneReader::Parts& parts)
      : parts_(parts),
        session_(std::get<Session>(parts.definition.window)),
        needs_(Partial::Needs::of(parts.definition)) {}

  uint64_t samples() const { return samples_; }

  /// The end of the span that a session at that time lies in.
  TimestampMs span_end(TimestampMs at_ms) const;

  /// The sessions that are over in (from_ms, to_ms]: with nothing behind their last sample for the gap, or
  /// with the end of their span. Errors as PaneReader::read.
  Result<std::vector<OutputSample>> read(TimestampMs from_ms, TimestampMs to_ms,
                                         const std::optional<Labels>& only, Deadline deadline);

 private:
  /// The samples of one series of a group.
  struct Part {
    Labels labels;
    SampleColumns samples;
  };
  TimestampMs over_ms(TimestampMs last_ms) const;
  void add_sessions(const Labels& group, const std::vector<Part>& series, TimestampMs from_ms,
                    TimestampMs to_ms, std::vector<OutputSample>& out) const;
  void add_session(const Labels& group, const std::vector<Part>& series, TimeRange range,
                   std::vector<OutputSample>& out) const;

  const PaneReader::Parts parts_;
  const Session session_;
  const Partial::Needs needs_;
  uint64_t samples_ = 0;
};

}  // namespace weir::aggregation
