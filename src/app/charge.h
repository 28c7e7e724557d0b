#pragma once

#include <functional>
#include <string>

#include "app/leadership.h"
#include "os/threads.h"

namespace weir::app {

/// What one process at a time is in charge of, by a lease: while it is, what it goes by (files, the
/// catalogue) is looked at every two seconds. Owned by one thread.
class Charge {
 public:
  struct Work {
    std::string lease;   ///< Its name.
    const char* area;    ///< For the logger.
    const char* things;  ///< Of which there are several: "rules".
    /// Takes over what has changed; `anew`: all of it, since this process has just come to be in charge.
    /// Where it fails, all stays as it was.
    std::function<Status(bool anew)> refresh;
    /// Lets go of all of it, as another process is in charge.
    std::function<void()> release;
  };
  /// The configuration is read in the call; the catalogue and the clock outlive it.
  Charge(const config::Config& config, Work work, meta::MetaStore& meta, os::Clock& clock);
  /// After `stop`, or before `start`. Lets others be in charge.
  ~Charge();

  /// Takes over what there is, if this process is in charge, then begins to look again and again.
  Status start();
  /// Nothing is looked at from then on. It is in charge all the same, until it is destroyed.
  void stop();

 private:
  Status look();
  void watch(std::stop_token stop);

  const Work work_;
  os::Clock& clock_;
  Leadership leadership_;
  bool in_charge_ = false;  // and all has been taken over
  os::Thread watcher_;
};

}  // namespace weir::app
