#include "os/sim/manual_clock.h"

namespace weir::os::sim {

TimestampMs ManualClock::wall_ms() const {
  std::lock_guard lock(mutex_);
  return wall_ms_;
}

SteadyTime ManualClock::steady() const {
  std::lock_guard lock(mutex_);
  return steady_;
}

bool ManualClock::sleep_until(SteadyTime until, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, stop, [&] { return steady_ >= until; });
  return !stop.stop_requested();
}

void ManualClock::advance(milliseconds by) {
  std::lock_guard lock(mutex_);
  wall_ms_ += by.count();
  steady_ += by;
  moved_.notify_all();
}

void ManualClock::set_wall_ms(TimestampMs wall_ms) {
  std::lock_guard lock(mutex_);
  wall_ms_ = wall_ms;
}

}  // namespace weir::os::sim
