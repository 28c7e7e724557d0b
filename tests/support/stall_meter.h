#pragma once

#include <atomic>

#include "os/clock.h"
#include "os/threads.h"

namespace weir::test {

/// How late this machine wakes a thread that sleeps, while the meter lives. A test that holds an answer
/// against its deadline allows for it, so that it speaks of the code and not of what else the machine had to
/// do.
class StallMeter {
 public:
  /// The longest delay until now, several times over: what is looked at has several threads to wake.
  os::milliseconds allowance() const { return os::milliseconds(4 * longest_ms_.load()); }
  double allowance_ms() const { return static_cast<double>(allowance().count()); }

 private:
  static constexpr os::milliseconds kStep{2};

  void measure(const std::stop_token& stop) {
    os::Clock& clock = os::system_clock();
    while (!stop.stop_requested()) {
      const os::SteadyTime due = clock.steady() + kStep;
      clock.sleep_until(due, stop);
      const auto late = std::chrono::ceil<os::milliseconds>(clock.steady() - due).count();
      if (late > longest_ms_) longest_ms_ = late;
    }
  }

  std::atomic<int64_t> longest_ms_ = 0;
  os::Thread thread_{"stall-meter", [this](const std::stop_token& stop) { measure(stop); }};
};

}  // namespace weir::test
