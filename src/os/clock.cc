#include "os/clock.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace weir {
namespace os {
namespace {

class SystemClock : public Clock {
 public:
  TimestampMs wall_ms() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  bool sleep_until(SteadyTime until, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_until(lock, stop, until, [] { return false; });
    return !stop.stop_requested();
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace os

os::milliseconds Deadline::left(const os::Clock& clock) const {
  if (when_ == os::SteadyTime::max()) return os::milliseconds::max();
  return std::max(os::milliseconds(0), std::chrono::duration_cast<os::milliseconds>(when_ - clock.steady()));
}

}  // namespace weir
