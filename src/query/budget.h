#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "model/histogram.h"
#include "model/limits.h"
#include "os/clock.h"

namespace weir::query {

class RunningQuery;

/// What one query may still read, hold and take in time. Checked while the query runs. Owned by one thread;
/// others that work for the query have budgets that count into its own.
class Budget {
 public:
  /// `running` may be null.
  Budget(const Limits& limits, Deadline deadline, const os::Clock& clock, RunningQuery* running)
      : limits_(limits), deadline_(deadline), clock_(clock), running_(running) {}
  /// Of another thread that works for the same query. `whole` outlives it.
  explicit Budget(Budget* whole)
      : limits_(whole->limits_),
        deadline_(whole->deadline_),
        clock_(whole->clock_),
        running_(whole->running_),
        counts_(whole->counts_) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

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

  uint64_t series_left() const { return limits_.query_series_max - series_read(); }
  uint64_t series_read() const { return counts_.series_read.load(std::memory_order_relaxed); }
  uint64_t samples_read() const { return counts_.samples_read.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kSamplesPerCheck = 1'000;

  struct Counts {
    std::atomic<uint64_t> series_read{0};
    std::atomic<uint64_t> samples_read{0};
    std::atomic<uint64_t> samples_made{0};  // as histograms
  };

  const Limits& limits_;
  const Deadline deadline_;
  const os::Clock& clock_;
  RunningQuery* const running_;
  Counts own_;
  Counts& counts_ = own_;
  size_t unchecked_ = 0;
};

}  // namespace weir::query
