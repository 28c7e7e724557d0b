#pragma once

#include <string>
#include <vector>

#include "gateway/services.h"

/// What the process knows of its own health, from the parts that it has. Never waits.
namespace weir::gateway {

/// The parts have come up: the store has applied what was in the log at the start, and each upstream has been
/// asked once.
Status started(const Services& services);

/// The process takes traffic: it is not stopping, it has started, and its log takes appends. Upstreams do not
/// count once they have been asked: a gateway that hid because its upstreams are away would take the console
/// and its own clear answers with it.
Status ready(const Services& services);

/// One part and how it is.
struct HealthLine {
  std::string part;
  Status status;
  bool counts = true;  ///< For readiness.
};
std::vector<HealthLine> health_lines(const Services& services);

}  // namespace weir::gateway
