#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "os/clock.h"
#include "redis/connection.h"

namespace weir::redis {

/// Bounds the connections of a client and keeps the idle ones. Safe from any thread.
class Pool {
 public:
  /// `connections_max`: 1 or more.
  Pool(size_t connections_max, const os::Clock& clock) : max_(connections_max), clock_(clock) {}

  /// The right to one connection. `connection` is an idle one that is usable, or null: then open one. It goes
  /// back to the pool with the slot if it is usable still. Moves; the pool outlives it.
  class Slot {
   public:
    explicit Slot(Pool* pool) : pool_(pool) {}
    Slot(Slot&& other) noexcept;
    Slot& operator=(Slot&&) = delete;
    ~Slot();
    std::unique_ptr<Connection> connection;

   private:
    Pool* pool_;
  };

  /// The most recently used idle connection, so that surplus ones grow old. Waits for a slot until
  /// `deadline`. kDeadlineExceeded: all are in use; the message says how many.
  Result<Slot> acquire(Deadline deadline);

  /// Connections that are open or being opened.
  size_t count() const;

 private:
  bool wait_for_slot(std::unique_lock<std::mutex>& lock, Deadline deadline);
  void give_back(std::unique_ptr<Connection> connection);

  const size_t max_;
  const os::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  size_t used_ = 0;                                // guarded by mutex_, as all below
  std::vector<std::unique_ptr<Connection>> idle_;  // used_ + idle_.size() may not exceed max_
};

}  // namespace weir::redis
