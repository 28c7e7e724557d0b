#include "query/extended_histograms.h"

#include <algorithm>
#include <optional>

#include "query/histogram_math.h"
#include "query/range_histograms.h"

// As promql/functions.go has it: extendedHistogramRate, interpolateHistograms,
// correctForCounterResetsHistogram; and smoothSeries of promql/engine.go.
namespace weir::query {
namespace {

// False where a double is among histograms, which is told.
bool are_all_histograms(const HistogramReach& reach, Notes& notes) {
  const bool all = std::ranges::find(reach.histograms, nullptr) == reach.histograms.end();
  notes.add_if(!all, Note::kMixedRange);
  return all;
}

// The histogram at a time from one sample to the next. A counter that was reset has begun from zero.
std::optional<Histogram> on_line(const HistogramReach& reach, size_t from, TimestampMs at_ms, bool is_counter,
                                 Notes& notes) {
  const Histogram& before = *reach.histograms[from];
  const Histogram& behind = *reach.histograms[from + 1];
  const TimestampMs from_ms = reach.times_ms[from];
  const TimestampMs to_ms = reach.times_ms[from + 1];
  if (at_ms == from_ms) return before;
  if (at_ms == to_ms) return behind;
  const double share = static_cast<double>(at_ms - from_ms) / static_cast<double>(to_ms - from_ms);
  if (is_counter && is_reset(behind, before)) return multiplied(behind, share);
  PlainHistogramSum change(behind);
  const HistogramMerge difference = change.subtract(before);
  notes.add_if(!difference.compatible, Note::kMixedSchemas);
  if (!difference.compatible) return std::nullopt;
  notes.add_if(difference.bounds_reconciled, Note::kSubtractionReconciled);
  PlainHistogramSum line(multiplied(change.value(), share));
  notes.add_if(line.add(before).bounds_reconciled, Note::kAdditionReconciled);
  return line.value();
}

// False where exponential and custom buckets meet.
bool check_kinds(const HistogramReach& reach, const ReachedSamples& samples, bool is_counter, Notes& notes) {
  const bool custom = reach.histograms[samples.first]->layout.is_custom();
  for (size_t i = samples.first; i <= samples.last; ++i) {
    if (reach.histograms[i]->layout.is_custom() != custom) {
      notes.add(Note::kMixedSchemas);
      return false;
    }
    notes.add_if(is_counter && is_gauge(*reach.histograms[i]), Note::kNotCounter);
  }
  return true;
}

/// What is lost of a counter in its resets.
class Lost {
 public:
  explicit Lost(Notes& notes) : notes_(notes) {}
  void see(const Histogram& now, const Histogram& before) {
    if (!is_reset(now, before)) return;
    if (!sum_) {
      sum_.emplace(before);
    } else {
      notes_.add_if(sum_->add(before).bounds_reconciled, Note::kAdditionReconciled);
    }
  }
  void add_to(PlainHistogramSum& total) const {
    if (sum_) notes_.add_if(total.add(sum_->value()).bounds_reconciled, Note::kAdditionReconciled);
  }

 private:
  Notes& notes_;
  std::optional<PlainHistogramSum> sum_;
};

// Resets between the edges. One that a smoothed left edge lies in is in that edge already, and the last
// sample is the right edge, or what that was drawn to.
Lost lost_between(const HistogramReach& reach, const ReachedSamples& samples, const Histogram& left,
                  const Histogram& right, Notes& notes) {
  Lost lost(notes);
  size_t next = samples.first + 1;
  const Histogram* before = &left;
  const bool drawn = reach.edges == Edges::kSmoothed && reach.times_ms[samples.first] < reach.begin_ms;
  if (drawn && is_reset(*reach.histograms[next], *reach.histograms[samples.first]))
    before = reach.histograms[next++].get();
  if (next > samples.last) return lost;
  for (; next < samples.last; ++next) {
    lost.see(*reach.histograms[next], *before);
    before = reach.histograms[next].get();
  }
  lost.see(right, *before);
  return lost;
}

std::optional<Histogram> change_of(const HistogramReach& reach, bool is_counter, Notes& notes) {
  const auto samples = reached_samples(reach.times_ms, reach.begin_ms, reach.end_ms, reach.edges);
  if (!samples || !check_kinds(reach, *samples, is_counter, notes)) return std::nullopt;
  const auto [first, last] = *samples;
  const bool smoothed = reach.edges == Edges::kSmoothed;
  std::optional<Histogram> left = *reach.histograms[first];
  if (smoothed && reach.times_ms[first] < reach.begin_ms)
    left = on_line(reach, first, reach.begin_ms, is_counter, notes);
  std::optional<Histogram> right = *reach.histograms[last];
  if (smoothed && last > 0 && reach.times_ms[last] > reach.end_ms)
    right = on_line(reach, last - 1, reach.end_ms, is_counter, notes);
  if (!left || !right) return std::nullopt;
  notes.add_if(!is_counter && !(is_gauge(*left) && is_gauge(*right)), Note::kNotGauge);
  PlainHistogramSum change(*right);
  notes.add_if(change.subtract(*left).bounds_reconciled, Note::kSubtractionReconciled);
  if (is_counter) lost_between(reach, *samples, *left, *right, notes).add_to(change);
  return change.value();
}

Point change_point(const HistogramReach& reach, bool is_counter, Notes& notes) {
  if (!are_all_histograms(reach, notes)) return {};
  const auto change = change_of(reach, is_counter, notes);
  return change ? Point(as_gauge(*change)) : Point();
}

// The samples of a range with the one before it.
std::optional<HistogramWindow> with_anchor(const HistogramReach& reach) {
  const auto samples = reached_samples(reach.times_ms, reach.begin_ms, reach.end_ms, reach.edges);
  if (!samples) return std::nullopt;
  HistogramWindow window;
  window.samples.timestamps_ms = reach.times_ms.subspan(samples->first);
  window.samples.values = reach.values.subspan(samples->first);
  window.histograms = reach.histograms.subspan(samples->first);
  return window;
}

}  // namespace

std::optional<ReachedSamples> reached_samples(std::span<const TimestampMs> times_ms, TimestampMs begin_ms,
                                              TimestampMs end_ms, Edges edges) {
  const auto inside =
      static_cast<size_t>(std::upper_bound(times_ms.begin(), times_ms.end(), begin_ms) - times_ms.begin());
  if (inside == times_ms.size()) return std::nullopt;
  ReachedSamples samples{inside == 0 ? 0 : inside - 1, times_ms.size() - 1};
  if (edges != Edges::kSmoothed) return samples;
  if (times_ms[samples.first] > end_ms) return std::nullopt;
  const auto behind = std::lower_bound(times_ms.begin(), times_ms.end(), end_ms) - times_ms.begin();
  samples.last = std::min(samples.last, static_cast<size_t>(behind));
  return samples;
}

Point extended_delta(const HistogramReach& reach, Notes& notes) {
  return change_point(reach, false, notes);
}

Point extended_increase(const HistogramReach& reach, Notes& notes) {
  return change_point(reach, true, notes);
}

Point extended_rate(const HistogramReach& reach, Notes& notes) {
  if (!are_all_histograms(reach, notes)) return {};
  const auto change = change_of(reach, true, notes);
  if (!change) return {};
  return Point(as_gauge(divided(*change, static_cast<double>(reach.end_ms - reach.begin_ms) / 1000)));
}

Point extended_changes(const HistogramReach& reach, Notes& notes) {
  const auto window = with_anchor(reach);
  return window ? histograms_changes(*window, notes) : Point();
}

Point extended_resets(const HistogramReach& reach, Notes& notes) {
  auto window = with_anchor(reach);
  if (!window) return {};
  std::vector<uint8_t> resets;
  find_counter_resets(window->samples.values, window->histograms, resets);
  window->was_reset = resets;
  return histograms_resets(*window, notes);
}

Point smoothed_histogram(const HistogramReach& reach, TimestampMs at_ms, Notes& notes) {
  if (!are_all_histograms(reach, notes)) return {};
  const auto begin = reach.times_ms.begin();
  const auto next = static_cast<size_t>(std::lower_bound(begin, reach.times_ms.end(), at_ms) - begin);
  if (next < reach.size() && reach.times_ms[next] == at_ms) return Point(reach.histograms[next]);
  if (next == 0) return {};
  const Histogram& before = *reach.histograms[next - 1];
  if (next == reach.size()) {
    Histogram copy = before;
    copy.reset_hint = CounterResetHint::kUnknown;
    return Point(std::move(copy));
  }
  const Histogram& behind = *reach.histograms[next];
  if (before.layout.is_custom() != behind.layout.is_custom()) {
    notes.add(Note::kMixedSchemas);
    return {};
  }
  auto between = on_line(reach, next - 1, at_ms, !(is_gauge(before) && is_gauge(behind)), notes);
  return between ? Point(*std::move(between)) : Point();
}

}  // namespace weir::query
