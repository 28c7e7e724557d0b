#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "model/histogram.h"
#include "model/limits.h"
#include "os/clock.h"

namespace weir::query {

class RunningQuery;

/// What one query may still read, hold and take in time. Checked while the query runs. Owned by one thread;
/// others that work for the query have budgets that count into its own.
///
/// Of memory it counts what grows with series, steps and samples: the values and labels of vectors that nodes
/// have returned and that are not used up, those that are being built, series that are being read with what
/// is made of them, the samples of a range vector that is the result, and histograms. What a node works with
/// besides (groups, indexes) is not in it, nor is what the store keeps open for a selection, nor the text of
/// the answer. A node's operands count until it returns, also where it has let them go before.
class Budget {
 public:
  /// `running` may be null.
  Budget(const Limits& limits, Deadline deadline, const os::Clock& clock, RunningQuery* running)
      : limits_(limits), deadline_(deadline), clock_(clock), running_(running), began_(clock.steady()) {}
  /// Of another thread that works for the same query. `whole` outlives it.
  explicit Budget(Budget* whole)
      : limits_(whole->limits_),
        deadline_(whole->deadline_),
        clock_(whole->clock_),
        running_(whole->running_),
        began_(whole->began_),
        counts_(whole->counts_) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  /// Counts a series that the store returned, with its samples, and with as many values as are made of it.
  /// They are held until they are let go.
  Status read_series(const SampleColumns& samples, size_t values);
  /// What `read_series` of this object has counted as held so far.
  uint64_t reading_bytes() const { return reading_bytes_; }
  void let_go(uint64_t reading_bytes) {
    counts_.reading_bytes.fetch_sub(reading_bytes, std::memory_order_relaxed);
  }
  /// Counts a histogram that the query made. A histogram counts as the samples that would take its memory.
  Status make(const Histogram& histogram);
  /// Says whether one more vector of `series` times `steps` values may be built.
  Status hold(size_t series, size_t steps);
  /// Counts samples that are kept.
  Status keep(const SampleColumns& samples);
  /// Bytes that are held beside the series being read, and all that were held at most.
  uint64_t held_bytes() const { return counts_.held_bytes.load(std::memory_order_relaxed); }
  uint64_t peak_bytes() const { return counts_.peak_bytes.load(std::memory_order_relaxed); }
  /// A node, before which `before_bytes` were held, returns a value of `value_bytes`: its operands, and what
  /// it made and did not return, are gone.
  Status hand_over(uint64_t before_bytes, uint64_t value_bytes);
  /// Counts work that reads nothing, such as samples looked at again in overlapping windows, and asks now and
  /// then whether to go on. Call it for each series, and in longer loops.
  Status work(size_t samples) {
    unchecked_ += samples;
    return unchecked_ < kSamplesPerCheck ? Status() : proceed();
  }
  /// kDeadlineExceeded when time is up, kCancelled when nobody wants the answer any more.
  Status proceed();

  /// A selector's reading begins.
  void begin_read();
  /// Whether this or a budget that counts into it has refused anything.
  bool has_refused() const { return counts_.met.load(std::memory_order_relaxed) != Met::kNone; }
  /// The reading ended with `error`: the same with how far it was, and with what the query would need by that
  /// if a limit was met. `series_about`: how many series the selector has, if known.
  Error end_read(Error error, std::optional<uint64_t> series_about) const;

  uint64_t series_left() const { return limits_.query_series_max - series_read(); }
  uint64_t series_read() const { return counts_.series_read.load(std::memory_order_relaxed); }
  uint64_t samples_read() const { return counts_.samples_read.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kSamplesPerCheck = 1'000;

  /// The limit that was met, to tell what the query would need of it.
  enum class Met { kNone, kSamples, kMemory, kOther };
  /// What had been counted when the selector began.
  struct Reading {
    uint64_t series_before = 0;
    uint64_t samples_before = 0;
    uint64_t bytes_before = 0;
  };
  struct Counts {
    std::atomic<uint64_t> series_read{0};
    std::atomic<uint64_t> samples_read{0};
    std::atomic<uint64_t> samples_made{0};  // as histograms
    std::atomic<uint64_t> held_bytes{0};
    std::atomic<uint64_t> reading_bytes{0};
    std::atomic<uint64_t> peak_bytes{0};  // also what was refused
    std::atomic<Met> met{Met::kNone};
  };
  /// Whether so many bytes beside those that are held are too many.
  Status fits(uint64_t more_bytes);
  Error refuse(Met limit, Error error);

  const Limits& limits_;
  const Deadline deadline_;
  const os::Clock& clock_;
  RunningQuery* const running_;
  const os::SteadyTime began_;
  Reading reading_;
  uint64_t reading_bytes_ = 0;
  Counts own_;
  Counts& counts_ = own_;
  size_t unchecked_ = 0;
};

}  // namespace weir::query
