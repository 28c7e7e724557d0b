#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

#include "base/time.h"

namespace weir {

namespace os {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

/// Where time comes from. Wall time dates samples; steady time measures waiting. Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimestampMs wall_ms() const = 0;
  virtual SteadyTime steady() const = 0;
  /// Waits until steady time reaches `until`, or `stop` is requested. Returns false in the second case.
  virtual bool sleep_until(SteadyTime until, std::stop_token stop) = 0;
};

/// The machine's clock, for the life of the process.
Clock& system_clock();

}  // namespace os

/// A point in steady time by which an operation gives up. Passed down by value instead of a timeout, so that
/// time spent on the way counts.
class Deadline {
 public:
  static Deadline at(os::SteadyTime when) { return Deadline(when); }
  static Deadline after(const os::Clock& clock, os::milliseconds delay) {
    return Deadline(clock.steady() + delay);
  }
  /// Never passes. For start-up, shut-down and tests.
  static Deadline never() { return Deadline(os::SteadyTime::max()); }

  os::SteadyTime when() const { return when_; }
  bool passed(const os::Clock& clock) const {
    return when_ != os::SteadyTime::max() && clock.steady() >= when_;
  }
  /// The time left, zero when it has passed.
  os::milliseconds left(const os::Clock& clock) const;

 private:
  explicit Deadline(os::SteadyTime when) : when_(when) {}
  os::SteadyTime when_;
};

}  // namespace weir
