#pragma once

#include <mutex>
#include <shared_mutex>

namespace weir::store::embedded {

/// A lock that many share or one has alone; for std::shared_lock and std::unique_lock. Who wants it alone
/// waits only for those who share it already: std::shared_mutex lets newcomers pass him, for ever if they
/// overlap.
class FairSharedMutex {
 public:
  void lock() {
    std::lock_guard turn(turn_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }
  void lock_shared() {
    std::lock_guard turn(turn_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  std::mutex turn_;
  std::shared_mutex mutex_;
};

}  // namespace weir::store::embedded
