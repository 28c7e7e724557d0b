#pragma once

#include <optional>
#include <span>

#include "query/ast.h"
#include "query/notes.h"
#include "query/value.h"

/// Ranges that look beyond their edges (extended_range.h), of series that have native histograms.
namespace weir::query {

/// The samples of one series that one step may look at, some of which are histograms, and the edges of its
/// range. As long as each other; not empty.
struct HistogramReach {
  std::span<const TimestampMs> times_ms;
  std::span<const double> values;
  std::span<const HistogramPtr> histograms;  ///< Null where the sample is a double.
  TimestampMs begin_ms = 0;                  ///< Of the range, exclusive.
  TimestampMs end_ms = 0;
  Edges edges = Edges::kPlain;

  size_t size() const { return histograms.size(); }
};

/// Of the samples that a step may look at, [first, last] count: from the last one before the range, or the
/// first of all, to the first one behind it where edges are smoothed, or the last of all. Nothing where the
/// range has no samples, and none behind it that it could be drawn to.
struct ReachedSamples {
  size_t first;
  size_t last;
};
std::optional<ReachedSamples> reached_samples(std::span<const TimestampMs> times_ms, TimestampMs begin_ms,
                                              TimestampMs end_ms, Edges edges);

// The functions. None where the range has no samples, or those that it has do not go together, which is told.
Point extended_delta(const HistogramReach& reach, Notes& notes);
Point extended_increase(const HistogramReach& reach, Notes& notes);
Point extended_rate(const HistogramReach& reach, Notes& notes);
Point extended_changes(const HistogramReach& reach, Notes& notes);
Point extended_resets(const HistogramReach& reach, Notes& notes);

/// What lies on the line between the samples around `at_ms`, or the sample before it where none is behind.
Point smoothed_histogram(const HistogramReach& reach, TimestampMs at_ms, Notes& notes);

}  // namespace weir::query
