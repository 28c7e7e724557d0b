#pragma once

#include <condition_variable>
#include <mutex>

#include "os/clock.h"

namespace weir::os::sim {

/// A clock that moves only when told to, so that tests hold time still. Wall and steady time advance
/// together; `set_wall_ms` moves the wall alone, as an administrator or NTP does. Safe from any thread.
class ManualClock : public Clock {
 public:
  explicit ManualClock(TimestampMs wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}

  TimestampMs wall_ms() const override;
  SteadyTime steady() const override;
  bool sleep_until(SteadyTime until, std::stop_token stop) override;

  void advance(milliseconds by);
  void set_wall_ms(TimestampMs wall_ms);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any moved_;
  TimestampMs wall_ms_;
  SteadyTime steady_{std::chrono::hours(1)};
};

}  // namespace weir::os::sim
