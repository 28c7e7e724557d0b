#pragma once

#include "base/result.h"
#include "os/clock.h"

namespace weir::pg {

/// Waits until `socket` is ready for `events` (poll's), or `wake` (-1: none) is readable, or the peer has
/// gone. kDeadlineExceeded; kIo when poll itself fails.
Status wait_socket(int socket, short events, int wake, os::Clock& clock, Deadline deadline);

/// Without waiting: is there anything to read, the end of the stream included?
bool is_readable(int socket);

}  // namespace weir::pg
