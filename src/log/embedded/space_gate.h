#pragma once

#include <mutex>
#include <string>

#include "os/files.h"

namespace weir::log::embedded {

/// Decides whether the disk has room for more. With hysteresis: closed below the minimum, open again
/// above 1.5 times it, so that it does not flutter. Safe from any thread.
class SpaceGate {
 public:
  struct Options {
    std::string directory;
    uint64_t free_bytes_min = 0;
    uint64_t segment_bytes = 0;  ///< Once a segment could not be created, this much must be free as well.
  };
  SpaceGate(Options options, os::FileSystem& files) : options_(std::move(options)), files_(files) {}

  /// Success, or kResourceExhausted with the reason.
  Status check();
  /// Closes the gate: `error` is what the file system answered to the attempt to take more room.
  void shut(Error error);

 private:
  const Options options_;
  os::FileSystem& files_;
  std::mutex mutex_;
  bool low_ = false;
  bool refused_ = false;  ///< By the file system, whatever it says about free bytes.
  std::string refusal_;
};

}  // namespace weir::log::embedded
