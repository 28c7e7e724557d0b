#include "pg/socket_wait.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>

namespace weir::pg {

Status wait_socket(int socket, short events, int wake, os::Clock& clock, Deadline deadline) {
  constexpr os::milliseconds kSlice{60'000};  // poll takes an int, a deadline may never pass.
  std::array<pollfd, 2> waited = {pollfd{socket, events, 0}, pollfd{wake, POLLIN, 0}};
  while (true) {
    // Rounded up: with a fraction of a millisecond left, poll(0) would spin.
    const os::milliseconds left = std::min(kSlice, deadline.left(clock));
    const bool passed = deadline.passed(clock);
    const auto timeout = static_cast<int>(passed ? 0 : std::max<int64_t>(1, left.count()));
    const int ready = poll(waited.data(), waited.size(), timeout);
    if (ready > 0) return ok_status();
    if (ready < 0 && errno != EINTR) return io_error("postgres: poll failed");
    if (passed) return deadline_exceeded("postgres: the server did not answer in time");
  }
}

bool is_readable(int socket) {
  pollfd waited{socket, POLLIN, 0};
  return poll(&waited, 1, 0) > 0;
}

}  // namespace weir::pg
