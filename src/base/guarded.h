#pragma once

#include <mutex>
#include <utility>

namespace weir {

/// A value that can only be reached under its mutex: `guarded.with([](State& state) { ... })`. Safe from any
/// thread. The function must not block on I/O, call back into other components, or log.
template <typename T>
class Guarded {
 public:
  Guarded() = default;
  template <typename... Args>
  explicit Guarded(std::in_place_t, Args&&... args) : value_(std::forward<Args>(args)...) {}

  template <typename F>
  decltype(auto) with(F&& function) {
    std::lock_guard lock(mutex_);
    return std::forward<F>(function)(value_);
  }
  template <typename F>
  decltype(auto) with(F&& function) const {
    std::lock_guard lock(mutex_);
    return std::forward<F>(function)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace weir
