#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/completion.h"

namespace weir::os {

/// A named thread that is asked to stop and joined on destruction. `body` must return soon after the stop is
/// requested.
class Thread {
 public:
  Thread() = default;
  /// `name`: at most 15 bytes are shown by the system.
  Thread(std::string name, std::function<void(std::stop_token)> body);
  Thread(Thread&&) = default;
  Thread& operator=(Thread&&) = default;

  void request_stop() { thread_.request_stop(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::jthread thread_;
};

/// A fixed number of threads that run tasks in the order posted. Safe from any thread.
class WorkerPool {
 public:
  struct Options {
    std::string name = "worker";
    size_t threads = 2;        ///< 1 or more.
    size_t queue_max = 1'024;  ///< Tasks waiting, beyond those that run; full refuses.
  };
  explicit WorkerPool(Options options);
  /// Runs what was posted, then joins.
  ~WorkerPool();

  /// kResourceExhausted when the queue is full, kCancelled after `stop`.
  Status post(Task task);
  /// Refuses new tasks, finishes those posted, joins. Idempotent; not from a task of this pool.
  void stop();
  size_t queued() const;

 private:
  void run();

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<Thread> threads_;
};

/// Processors that this process may use, at least 1.
size_t processor_count();

}  // namespace weir::os
