#include "log/embedded/append_queue.h"

#include <utility>

#include <fmt/format.h>

namespace weir::log::embedded {

Status AppendQueue::push(PendingAppend& append) {
  {
    std::lock_guard lock(mutex_);
    if (refusal_) return *refusal_;
    if (closed_) return cancelled("the log is closing");
    if (bytes_ + append.size_bytes > bytes_max_) {
      return resource_exhausted(
          fmt::format("log queue: {} bytes wait for the disk and {} more came, limit {}", bytes_,
                      append.size_bytes, bytes_max_));
    }
    bytes_ += append.size_bytes;
    appends_.push_back(std::move(append));
  }
  changed_.notify_one();
  return {};
}

AppendQueue::Work AppendQueue::take(uint64_t batch_bytes_max, std::optional<os::milliseconds> idle_after) {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return !appends_.empty() || poked_ || closed_; };
  Work work;
  if (idle_after) {
    work.idle = !changed_.wait_for(lock, *idle_after, ready);
  } else {
    changed_.wait(lock, ready);
  }
  uint64_t bytes = 0;
  while (!appends_.empty() && (bytes == 0 || bytes + appends_.front().size_bytes <= batch_bytes_max)) {
    bytes += appends_.front().size_bytes;
    work.appends.push_back(std::move(appends_.front()));
    appends_.pop_front();
  }
  work.poked = std::exchange(poked_, false);
  work.closed = closed_ && appends_.empty();
  return work;
}

void AppendQueue::release(uint64_t bytes) {
  std::lock_guard lock(mutex_);
  bytes_ -= bytes;
}

void AppendQueue::poke() {
  {
    std::lock_guard lock(mutex_);
    poked_ = true;
  }
  changed_.notify_one();
}

void AppendQueue::refuse_from_now(Error error) {
  std::lock_guard lock(mutex_);
  if (!refusal_) refusal_ = std::move(error);
}

std::optional<Error> AppendQueue::refusal() const {
  std::lock_guard lock(mutex_);
  return refusal_;
}

void AppendQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
}

uint64_t AppendQueue::size_bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace weir::log::embedded
