#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "gateway/services.h"
#include "os/clock.h"
#include "os/files.h"
#include "store/store.h"

namespace weir::app {

/// Snapshots of a running server's data directory, each a data directory of its own that a server starts
/// with: `snapshots/NAME/` under it, with the store's blocks as hard links and a copy of the catalogue. While
/// one is made it is `NAME.tmp`; under its final name it is whole and durable, or not there. Safe from any
/// thread. docs/data-directory.md tells the rest.
class Snapshots {
 public:
  struct Parts {
    std::string data;  ///< The data directory, which this process holds the lock of.
    os::FileSystem& files;
    os::Clock& clock;
    store::Store& store;
    /// Copies the catalogue to a file that is not there yet; need not be durable.
    std::function<Status(const std::string& path, Deadline deadline)> copy_catalogue;
  };
  explicit Snapshots(Parts parts);

  /// Removes what snapshots that a crash cut short have left. Errors: kIo.
  Status remove_leftovers();

  /// Makes a snapshot of all that reads see now (`skip_head`: of what is in blocks already). May take as long
  /// as writing the head to blocks. On an error nothing stays, save what cannot be removed just now.
  /// Errors: kUnavailable (another one is being made; retryable), kResourceExhausted (the disk is full),
  /// kUnsupported (no hard links), kDeadlineExceeded, kIo, kCorruption.
  Result<gateway::Snapshot> take(bool skip_head, Deadline deadline);

 private:
  Status make(const std::string& directory, bool skip_head, Deadline deadline);
  Status publish(const std::string& unfinished, const std::string& path);
  Status discard(const std::string& unfinished);

  const Parts parts_;
  const std::string root_;
  std::mutex mutex_;  // one snapshot at a time; held over I/O, and nobody waits for it
};

}  // namespace weir::app
