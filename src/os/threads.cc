#include "os/threads.h"

#include <algorithm>

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

namespace weir::os {

Thread::Thread(std::string name, std::function<void(std::stop_token)> body)
    : thread_([name = std::move(name), body = std::move(body)](std::stop_token stop) {
        ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
        body(stop);
      }) {}

WorkerPool::WorkerPool(Options options) : options_(std::move(options)) {
  for (size_t i = 0; i < std::max<size_t>(1, options_.threads); ++i) {
    threads_.emplace_back(fmt::format("{}-{}", options_.name, i), [this](std::stop_token) { run(); });
  }
}

WorkerPool::~WorkerPool() {
  stop();
}

Status WorkerPool::post(Task task) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return cancelled(fmt::format("{}: stopping", options_.name));
    if (queue_.size() >= options_.queue_max) {
      return resource_exhausted(
          fmt::format("{}: {} tasks waiting, limit {}", options_.name, queue_.size(), options_.queue_max));
    }
    queue_.push_back(std::move(task));
  }
  ready_.notify_one();
  return {};
}

void WorkerPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (Thread& thread : threads_) thread.join();
}

size_t WorkerPool::queued() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void WorkerPool::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Task task = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    task();
  }
}

size_t processor_count() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof(set), &set) == 0)
    return static_cast<size_t>(std::max(1, CPU_COUNT(&set)));
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace weir::os
