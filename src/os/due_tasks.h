#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "os/clock.h"
#include "os/threads.h"

namespace weir::os {

/// Runs tasks on a few threads, each task when it is due and never on two threads at a time; one that takes
/// long delays others only when all threads are at such. Safe from any thread.
class DueTasks {
 public:
  class Task {
   public:
    virtual ~Task() = default;
    /// Does what is due. Returns when to call again; nullopt means never.
    virtual std::optional<SteadyTime> step() = 0;
  };

  /// `clock`, the machine's, outlives it. Threads are called `name`.
  DueTasks(const std::string& name, size_t threads, Clock& clock);
  /// Finishes the steps under way.
  ~DueTasks();

  /// The task's next step is now, or as soon as the one under way is done.
  void make_due(const std::shared_ptr<Task>& task);
  /// No step begins any more, and none of those under way leads to another. Waits for them.
  void release();

 private:
  void run(std::stop_token stop);

  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::condition_variable rested_;
  std::multimap<SteadyTime, std::shared_ptr<Task>>
      queue_;  // guarded by mutex_, as is what follows; of no thread
  std::set<std::shared_ptr<Task>> running_;
  std::set<std::shared_ptr<Task>> again_;  // of those, what has to be due when its thread is done
  uint64_t generation_ = 0;                // of releases
  std::vector<Thread> threads_;            // last: they use all else
};

}  // namespace weir::os
