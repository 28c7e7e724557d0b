#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/proc_reader.h"
#include "os/clock.h"
#include "os/files.h"

namespace weir::collect {

/// The letters of process states that are always shown, in proc(5)'s words: running, sleeping, waiting for a
/// disk, zombie, stopped, idle.
inline constexpr std::string_view kProcessStates = "RSDZTI";

/// How many processes there are, by state.
struct ProcessCounts {
  uint64_t processes = 0;
  std::array<uint64_t, kProcessStates.size()> by_state = {};
};

/// Counts the processes below a /proc. That takes a file for each, so on a machine with thousands it is not
/// done at every call: a scan is followed by a pause of 500 times what it took. Owned by one thread.
class ProcessCounter {
 public:
  static constexpr int kPausePerScan = 500;

  ProcessCounter(std::string proc, os::FileSystem& files, os::Clock& clock)
      : proc_(std::move(proc)), files_(files), clock_(clock), reader_(files) {}

  /// The counts, new or, during the pause, those of the last scan.
  Result<ProcessCounts> count();

 private:
  Result<ProcessCounts> scan();

  const std::string proc_;
  os::FileSystem& files_;
  os::Clock& clock_;
  ProcReader reader_;
  ProcessCounts last_;
  os::SteadyTime next_scan_ = os::SteadyTime::min();
};

}  // namespace weir::collect
