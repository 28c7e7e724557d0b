#pragma once

#include <algorithm>
#include <chrono>

#include "base/guarded.h"
#include "os/clock.h"

namespace weir::rules {

/// What looking at rules between the times of their groups may take, all rules together: a tenth of a
/// processor, and a little at once (the generic cell rate algorithm). Safe from any thread.
class LookBudget {
 public:
  /// From when on another look is within it; `now` or before: at once.
  os::SteadyTime free_at() const {
    return busy_until_.with([](const os::SteadyTime& until) { return until - kBurst; });
  }
  void spend(os::SteadyTime now, std::chrono::microseconds took) {
    busy_until_.with([&](os::SteadyTime& until) { until = std::max(until, now) + kShare * took; });
  }

 private:
  static constexpr int kShare = 10;
  static constexpr os::milliseconds kBurst{1'000};

  Guarded<os::SteadyTime> busy_until_;
};

}  // namespace weir::rules
