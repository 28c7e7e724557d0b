#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>

#include "base/result.h"
#include "os/clock.h"
#include "os/threads.h"

namespace weir::redis {

/// HOST:PORT in its two parts.
struct HostPort {
  std::string host;
  std::string port;  ///< Decimal, 1 to 65535.
};
/// Reads `db.example:6379`, `127.0.0.1:6379` or `[::1]:6379`. kInvalidArgument otherwise.
Result<HostPort> parse_address(std::string_view address);

/// An address as the kernel wants it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// Finds the addresses of one host. A numeric host costs nothing. A name is looked up by a thread of our own,
/// because getaddrinfo(3) knows no deadline; callers who come meanwhile wait for the same answer. Safe from
/// any thread. The destructor waits for a look-up under way, as long as the system's resolver does.
class Resolver {
 public:
  Resolver(HostPort target, const os::Clock& clock);

  /// One or more addresses, in the order to be tried. Errors: kUnavailable (unknown host, no answer of the
  /// name servers), kDeadlineExceeded.
  Result<std::vector<SocketAddress>> resolve(Deadline deadline);

 private:
  using Answer = Result<std::vector<SocketAddress>>;
  void look_up();

  const HostPort target_;
  const os::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable answered_;
  bool running_ = false;         // guarded by mutex_, as all below
  uint64_t answers_ = 0;         // grows by one with each answer
  Answer answer_{internal("")};  // the last one
  os::Thread thread_;
};

}  // namespace weir::redis
