#include "os/due_tasks.h"

namespace weir::os {

DueTasks::DueTasks(const std::string& name, size_t threads, Clock& clock) : clock_(clock) {
  for (size_t i = 0; i < threads; ++i)
    threads_.emplace_back(name, [this](std::stop_token stop) { run(std::move(stop)); });
}

DueTasks::~DueTasks() {
  for (Thread& thread : threads_) thread.request_stop();
  threads_.clear();
}

void DueTasks::make_due(const std::shared_ptr<Task>& task) {
  std::lock_guard lock(mutex_);
  if (running_.contains(task)) {
    again_.insert(task);
    return;
  }
  std::erase_if(queue_, [&](const auto& entry) { return entry.second == task; });
  queue_.emplace(clock_.steady(), task);
  changed_.notify_one();
}

void DueTasks::release() {
  std::unique_lock lock(mutex_);
  queue_.clear();
  ++generation_;
  rested_.wait(lock, [this] { return running_.empty(); });
}

void DueTasks::run(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (queue_.empty()) {
      changed_.wait(lock, stop, [this] { return !queue_.empty(); });
      continue;
    }
    const SteadyTime due = queue_.begin()->first;
    if (due > clock_.steady()) {
      changed_.wait_until(lock, stop, due, [&] { return queue_.empty() || queue_.begin()->first < due; });
      continue;
    }
    const std::shared_ptr<Task> task = queue_.extract(queue_.begin()).mapped();
    running_.insert(task);
    const uint64_t generation = generation_;
    lock.unlock();
    const auto next = task->step();
    lock.lock();
    running_.erase(task);
    const bool again = again_.erase(task) > 0;
    if (next && generation == generation_) queue_.emplace(again ? clock_.steady() : *next, task);
    changed_.notify_one();
    rested_.notify_all();
  }
}

}  // namespace weir::os
