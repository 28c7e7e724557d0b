#pragma once

#include <cstdint>
#include <string_view>

#include "app/cli/console.h"

namespace weir::app::cli {

/// Lines on standard error about a long copy: one that is drawn anew while it runs, on a terminal only, and
/// others that stay. Owned by one thread.
class ImportProgress {
 public:
  /// `work_total`: how much there is to do, in any unit; 0 when that is not known.
  ImportProgress(Console& console, uint64_t work_total);
  ~ImportProgress() { end(); }
  ImportProgress(const ImportProgress&) = delete;
  ImportProgress& operator=(const ImportProgress&) = delete;

  struct At {
    uint64_t block = 0;   ///< Counted from 1.
    uint64_t blocks = 0;  ///< 0 where there are none to tell of.
    uint64_t series = 0;  ///< The same.
    uint64_t samples = 0;
    uint64_t work_done = 0;  ///< Of `work_total`.
  };
  /// Draws the line if it is some time old.
  void show(const At& at);
  /// Prints a line that stays.
  void say(std::string_view line);
  /// Takes the drawn line away.
  void end();

 private:
  std::string line_of(const At& at) const;

  Console& console_;
  const uint64_t work_total_;
  const os::SteadyTime begin_;
  os::SteadyTime next_;
  bool shown_ = false;
};

}  // namespace weir::app::cli
