#pragma once

#include <atomic>

namespace weir {

/// Tells work that nobody wants its result any more: cancelled once, by any thread, and asked by the work now
/// and then.
class Cancellation {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace weir
