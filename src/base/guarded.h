#pragma once

#include <mutex>
#include <shared_mutex>
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

/// The same of what is nearly always read: readers do not wait for each other. They may take a while, and a
/// writer then waits for them.
template <typename T>
class SharedGuarded {
 public:
  template <typename F>
  decltype(auto) with(F&& function) {
    std::unique_lock lock(mutex_);
    return std::forward<F>(function)(value_);
  }
  template <typename F>
  decltype(auto) read(F&& function) const {
    std::shared_lock lock(mutex_);
    return std::forward<F>(function)(value_);
  }

 private:
  mutable std::shared_mutex mutex_;
  T value_{};
};

}  // namespace weir
