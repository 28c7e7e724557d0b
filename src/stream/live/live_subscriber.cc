#include "stream/live/live_subscriber.h"

#include <algorithm>

#include "stream/live/live_times.h"

namespace weir::stream {

LiveSubscriber::LiveSubscriber(LiveRequest request, LiveSink sink, const Bounds& bounds)
    : request_(std::move(request)),
      sink_(std::move(sink)),
      bounds_(bounds),
      delta_(bounds.series_max, bounds.history_values_max),
      told_ms_(request_.resume_after_ms) {}

std::optional<TimestampMs> LiveSubscriber::next_ms() const {
  if (!told_ms_) return std::nullopt;
  const int64_t interval_ms = request_.interval.count();
  return floor_to(*told_ms_, interval_ms) + interval_ms;
}

std::optional<TimestampMs> LiveSubscriber::owed_before(TimestampMs at_ms) const {
  if (!began_ || !gapless_ || ended_) return std::nullopt;
  const std::optional<TimestampMs> next = next_ms();
  return next && *next < at_ms ? next : std::nullopt;
}

std::optional<LiveSubscriber::Past> LiveSubscriber::past_before(TimestampMs at_ms) const {
  if (began_) return std::nullopt;
  if (told_ms_) return missed_before(at_ms);
  if (request_.history.count() == 0) return std::nullopt;
  return history_before(at_ms);
}

std::optional<LiveSubscriber::Past> LiveSubscriber::missed_before(TimestampMs at_ms) const {
  const int64_t interval_ms = request_.interval.count();
  const TimestampMs first_ms = *next_ms();
  const TimestampMs last_ms = at_ms - interval_ms;
  if (first_ms > last_ms) return std::nullopt;
  const int64_t of_points = (static_cast<int64_t>(bounds_.history_points_max) - 1) * interval_ms;
  const int64_t of_time = floor_to(bounds_.resume_max.count(), interval_ms);
  const TimestampMs earliest_ms = std::max<TimestampMs>(0, last_ms - std::min(of_points, of_time));
  return Past{{std::max(first_ms, earliest_ms), last_ms, interval_ms}, first_ms < earliest_ms};
}

LiveSubscriber::Past LiveSubscriber::history_before(TimestampMs at_ms) const {
  const int64_t interval_ms = request_.interval.count();
  const int64_t history_ms = request_.history.count();
  const auto points = static_cast<int64_t>(bounds_.history_points_max);
  const int64_t step_ms =
      interval_ms * std::max<int64_t>(1, (history_ms / interval_ms + points - 1) / points);
  const TimestampMs start_ms = floor_to(std::max<TimestampMs>(0, at_ms - history_ms), step_ms);
  return {{start_ms, std::max(start_ms, at_ms - interval_ms), step_ms}, false};
}

bool LiveSubscriber::deliver_past(const LiveEvaluator& evaluator, TimestampMs at_ms) {
  const std::optional<Past> past = past_before(at_ms);
  if (!past) return true;
  auto series = evaluator.range(request_, past->range);
  if (!series.ok()) return send_error(std::move(series).error()), false;
  auto history = delta_.history(past->range, *std::move(series));
  if (!history.ok()) return send_error(std::move(history).error()), false;
  history->truncated = history->truncated || past->truncated;
  told_ms_ = past->range.end_ms;
  began_ = true;
  if (!ended_) sink_.deliver(LiveUpdate(*std::move(history)));
  return true;
}

void LiveSubscriber::deliver(const LiveEvaluation& evaluation) {
  Result<LiveFrame> frame = delta_.next(evaluation.at_ms, evaluation.series);
  if (!frame.ok()) return send_error(std::move(frame).error());
  frame->complete = evaluation.complete;
  told_ms_ = evaluation.at_ms;
  began_ = true;
  if (!ended_) sink_.deliver(LiveUpdate(*std::move(frame)));
}

void LiveSubscriber::deliver_error(const Error& error, TimestampMs at_ms) {
  // It has been told what became of that time. Before anything was sent, all of it is tried again.
  if (began_) told_ms_ = at_ms;
  send_error(error);
}

void LiveSubscriber::send_error(Error error) {
  if (ended_) return;
  if (ends_live_query(error)) ended_ = true;
  sink_.deliver(LiveUpdate(std::move(error)));
}

}  // namespace weir::stream
