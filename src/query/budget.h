#pragma once

#include <cstdint>

#include "base/result.h"
#include "model/histogram.h"
#include "model/limits.h"
#include "os/clock.h"

namespace weir::query {

class RunningQuery;

/// What one query may still read, hold and take in time. Checked while the query runs. Owned by its thread.
class Budget {
 public:
  /// `running` may be null.
  Budget(const Limits& limits, Deadline deadline, const os::Clock& clock, RunningQuery* running)
      : limits_(limits), deadline_(deadline), clock_(clock), running_(running) {}

  /// Counts a series that the store returned, with its samples.
  Status read_series(const SampleColumns& samples);
  /// Counts a histogram that the query made. A histogram counts as the samples that would take its memory.
  Status make(const Histogram& histogram);
  /// Says whether one more vector of `series` times `steps` values may be built.
  Status hold(size_t series, size_t steps) const;
  /// Counts work that reads nothing, such as samples looked at again in overlapping windows, and asks now and
  /// then whether to go on. Call it for each series, and in longer loops.
  Status work(size_t samples) {
    unchecked_ += samples;
    return unchecked_ < kSamplesPerCheck ? Status() : proceed();
  }
  /// kDeadlineExceeded when time is up, kCancelled when nobody wants the answer any more.
  Status proceed();

  uint64_t series_left() const { return limits_.query_series_max - series_read_; }
  uint64_t series_read() const { return series_read_; }
  uint64_t samples_read() const { return samples_read_; }

 private:
  static constexpr size_t kSamplesPerCheck = 1'000;

  const Limits& limits_;
  const Deadline deadline_;
  const os::Clock& clock_;
  RunningQuery* const running_;
  uint64_t series_read_ = 0;
  uint64_t samples_read_ = 0;
  uint64_t samples_made_ = 0;  // as histograms
  size_t unchecked_ = 0;
};

}  // namespace weir::query
