#pragma once

#include <atomic>
#include <optional>

#include "stream/live/live_query.h"
#include "stream/live/live_request.h"

namespace weir::stream {

/// One subscription's share of a live query: what it has been told, and what it is told next. Run by one
/// thread at a time; `end`, `ended` and `request` are for any.
class LiveSubscriber {
 public:
  struct Bounds {
    size_t series_max = 1'000;
    size_t history_points_max = 1'000;        ///< Of one series, in one frame.
    size_t history_values_max = 40'000;       ///< Of all series, in one frame.
    os::milliseconds resume_max{86'400'000};  ///< What lies further back is not made up for.
  };

  LiveSubscriber(LiveRequest request, LiveSink sink, const Bounds& bounds);

  const LiveRequest& request() const { return request_; }
  void end() { ended_ = true; }
  bool ended() const { return ended_; }

  /// False while its peer is behind.
  bool ready() const { return !sink_.ready || sink_.ready(); }
  /// The first time on its grid that it has not been told of; nullopt when it has been told nothing.
  std::optional<TimestampMs> next_ms() const;
  /// Whether it has not been told of `at_ms`: others that it joins may be behind it.
  bool wants(TimestampMs at_ms) const { return !gapless_ || !told_ms_ || *told_ms_ < at_ms; }
  /// The first time before `at_ms` that it misses and that no `deliver_past` brings any more.
  std::optional<TimestampMs> owed_before(TimestampMs at_ms) const;
  /// Sends what comes before `at_ms`, once: its history, or the times that it has missed. False when that
  /// could not be had: the error has been delivered.
  bool deliver_past(const LiveEvaluator& evaluator, TimestampMs at_ms);
  /// Sends what differs from the frame before. An error of its own is delivered too.
  void deliver(const LiveEvaluation& evaluation);
  /// An error in place of a frame. One that cannot pass by itself ends the subscription.
  void deliver_error(const Error& error, TimestampMs at_ms);
  /// From now on it gets the frames that all get, and those that it is too slow for are folded.
  void joined() { gapless_ = false; }

 private:
  struct Past {
    query::Engine::Range range;
    bool truncated = false;
  };
  /// nullopt: nothing comes before `at_ms`.
  std::optional<Past> past_before(TimestampMs at_ms) const;
  std::optional<Past> missed_before(TimestampMs at_ms) const;
  Past history_before(TimestampMs at_ms) const;
  void send_error(Error error);

  const LiveRequest request_;
  const LiveSink sink_;
  const Bounds bounds_;
  LiveDelta delta_;
  std::optional<TimestampMs> told_ms_;  ///< The newest time that it has been told of.
  bool began_ = false;                  ///< A history or a frame has been sent.
  bool gapless_ = true;                 ///< Times after `told_ms_` are made up for.
  std::atomic<bool> ended_ = false;
};

}  // namespace weir::stream
