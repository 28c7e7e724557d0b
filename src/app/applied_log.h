#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "log/log.h"
#include "os/clock.h"
#include "store/store.h"

namespace weir::app {

/// Up to when what was appended to the log is in the store, where other processes bring it there: it asks
/// both of them. Safe from any thread.
class AppliedLog {
 public:
  /// How often the log and the store are asked at most.
  static constexpr os::milliseconds kInterval{100};

  /// All outlive it.
  AppliedLog(log::Log& log, store::Store& store, const os::Clock& clock)
      : log_(log), store_(store), clock_(clock) {}

  /// All that was appended before this time can be seen; nullopt before the first answer. May ask, and wait
  /// for it. While the log or the store is away, the time stays.
  std::optional<TimestampMs> complete_ms();

 private:
  /// The ends of all partitions at some time.
  struct Ends {
    TimestampMs asked_ms = 0;
    std::vector<Offset> offsets;
  };

  Result<Ends> ask_log() const;
  Result<bool> has_reached(const Ends& ends) const;
  Status look();

  log::Log& log_;
  store::Store& store_;
  const os::Clock& clock_;
  std::mutex mutex_;
  os::SteadyTime next_look_;  // guarded by mutex_, as is what follows
  std::optional<Ends> wanted_;
  std::optional<TimestampMs> complete_ms_;
};

}  // namespace weir::app
