#include "redis/pool.h"

#include <utility>

#include <fmt/format.h>

namespace weir::redis {

Pool::Slot::Slot(Slot&& other) noexcept
    : connection(std::move(other.connection)), pool_(std::exchange(other.pool_, nullptr)) {}

Pool::Slot::~Slot() {
  if (pool_ != nullptr) pool_->give_back(std::move(connection));
}

Result<Pool::Slot> Pool::acquire(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (!wait_for_slot(lock, deadline)) {
    return deadline_exceeded(fmt::format("all {} connections in use until the deadline", max_));
  }
  ++used_;
  Slot slot(this);
  if (!idle_.empty()) {
    slot.connection = std::move(idle_.back());
    idle_.pop_back();
  }
  lock.unlock();  // what follows are system calls
  if (slot.connection != nullptr && !slot.connection->is_usable()) slot.connection.reset();
  return slot;
}

bool Pool::wait_for_slot(std::unique_lock<std::mutex>& lock, Deadline deadline) {
  const auto is_free = [this] { return used_ < max_; };
  if (deadline.when() == os::SteadyTime::max()) {
    freed_.wait(lock, is_free);
    return true;
  }
  return freed_.wait_for(lock, deadline.when() - clock_.steady(), is_free);
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  if (connection != nullptr && !connection->was_answered()) connection.reset();
  {
    std::lock_guard lock(mutex_);
    --used_;
    if (connection != nullptr) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

size_t Pool::count() const {
  std::lock_guard lock(mutex_);
  return used_ + idle_.size();
}

}  // namespace weir::redis
