#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/hash.h"
#include "base/result.h"
#include "model/labels.h"
#include "query/engine.h"

namespace weir::stream {

/// What a live query gave at one time, as the difference to the frame before. docs/formats/live.md has the
/// meaning. Native histograms are left out, here and in the history.
struct LiveFrame {
  uint64_t seq = 0;
  TimestampMs at_ms = 0;
  std::vector<Labels> new_series;  ///< They take the next indexes, in order.
  std::vector<uint32_t> changed;   ///< Indexes, ascending, ...
  std::vector<double> values;      ///< ... and their values.
  std::vector<uint32_t> gone;      ///< Indexes without a value any more, ascending.
  bool complete = true;            ///< False: samples of this time may still come.
};

/// The past of a live query, on a grid of steps.
struct LiveHistory {
  TimestampMs start_ms = 0;
  TimestampMs end_ms = 0;  ///< All times up to here are told; the grid may end before it.
  int64_t step_ms = 0;
  bool truncated = false;  ///< It begins later than it was asked to.
  std::vector<Labels> new_series;
  std::vector<SampleColumns> points;  ///< One for each of `new_series`; only the points that exist.
};

/// Remembers what a subscriber has been told and turns the next result into a delta. Owned by one thread.
class LiveDelta {
 public:
  /// `series_max`: a result that would bring the subscription to more series fails with kResourceExhausted.
  /// `history_values_max`: a history with more values, of all its series together, loses its oldest times.
  explicit LiveDelta(size_t series_max, size_t history_values_max = SIZE_MAX)
      : series_max_(series_max), history_values_max_(history_values_max) {}

  Result<LiveFrame> next(TimestampMs at_ms, const std::vector<query::ResultSeries>& result);
  /// Names the series of a range result; their last values are not taken as told.
  Result<LiveHistory> history(const query::Engine::Range& range, std::vector<query::ResultSeries> result);

 private:
  struct Known {
    bool present = false;
    uint64_t bits = 0;     // of the value told last
    uint64_t seen_in = 0;  // frame that had it
  };
  /// Index of the series, which is appended to `new_series` if it is new.
  Result<uint32_t> index_of(const Labels& labels, std::vector<Labels>& new_series);

  const size_t series_max_;
  const size_t history_values_max_;
  uint64_t seq_ = 0;
  absl::flat_hash_map<std::string, uint32_t, StringHash, std::equal_to<>>
      indexes_;  // by canonical label bytes
  std::vector<Known> known_;
};

}  // namespace weir::stream
