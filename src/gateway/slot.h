#pragma once

#include <atomic>

namespace weir::gateway {

/// The right to do one of a few things that may be done at once, until it goes. `running` counts them; it
/// outlives the slot.
class Slot {
 public:
  Slot(std::atomic<int>& running, int at_once_max) : running_(running), taken_(++running <= at_once_max) {}
  ~Slot() { --running_; }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  /// False where as many as may be are done already.
  bool taken() const { return taken_; }

 private:
  std::atomic<int>& running_;
  const bool taken_;
};

}  // namespace weir::gateway
