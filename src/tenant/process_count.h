#pragma once

#include <array>
#include <atomic>
#include <string>

#include "os/threads.h"
#include "redis/client.h"
#include "telemetry/metrics.h"

namespace weir::tenant {

struct ProcessCountOptions {
  std::string key;  ///< Of the sorted set in Redis: process by the time of its last heartbeat.
  os::milliseconds heartbeat{1'000};
  os::milliseconds operation_timeout{50};
  uint64_t processes_min = 1;
};

/// How many processes share a limit: each says in Redis that it lives, and is counted until it was silent for
/// three heartbeats or has ended. `count` is answered from memory; while Redis is away it is the last one
/// known. Safe from any thread. Owns a thread that says so; `client` and `clock` outlive it.
class ProcessCount {
 public:
  ProcessCount(const ProcessCountOptions& options, redis::Client& client, os::Clock& clock,
               telemetry::Registry& registry);
  ~ProcessCount();

  /// 1 or more. The largest of the last three counts, because a Redis that was just emptied counts too few.
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  void run(std::stop_token stop);
  void beat();
  void leave();

  const ProcessCountOptions options_;
  const std::string id_;
  redis::Client& client_;
  os::Clock& clock_;
  std::array<uint64_t, 3> last_{};  // owned by the thread, as next_
  size_t next_ = 0;
  std::atomic<uint64_t> count_;
  std::unique_ptr<telemetry::Registry::Handle> gauge_;
  os::Thread thread_;
};

}  // namespace weir::tenant
