#pragma once

#include <string>

#include "config/config.h"
#include "meta/meta_store.h"
#include "os/clock.h"

namespace weir::app {

/// Whether this process is the one that does a kind of work, of all that could: by a lease of the catalogue.
/// A catalogue in the data directory is this process's alone, and a lease would cost it a write every two
/// seconds: there it always is. Owned by one thread.
class Leadership {
 public:
  /// `name`: of the lease. The catalogue and the clock outlive it.
  Leadership(const config::Config& config, std::string name, meta::MetaStore& meta, os::Clock& clock);
  /// Lets others have it.
  ~Leadership();

  /// Takes the lease, or renews it; to be asked again well within its eight seconds. Until it runs out a
  /// catalogue that is away changes nothing.
  bool holds();

 private:
  const std::string name_;
  const std::string holder_;
  const bool is_shared_;
  meta::MetaStore& meta_;
  os::Clock& clock_;
  os::SteadyTime until_;
};

}  // namespace weir::app
