#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"
#include "os/clock.h"
#include "redis/address.h"

namespace weir::redis {

/// A connected TCP socket that never blocks beyond a deadline. Owned by one thread at a time; moves. After an
/// error it is of no more use. Errors: kUnavailable (refused, closed by the peer), kDeadlineExceeded.
class Socket {
 public:
  static Result<Socket> connect(const SocketAddress& address, const os::Clock& clock, Deadline deadline);

  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  Status write_all(std::string_view bytes, Deadline deadline);
  /// At least one byte, at most as many as fit.
  Result<size_t> read_some(std::span<char> into, Deadline deadline);
  /// The peer has neither sent anything nor closed: what a connection between two commands must look like.
  bool is_quiet() const;

 private:
  Socket(int descriptor, const os::Clock& clock) : descriptor_(descriptor), clock_(&clock) {}
  Status wait(short events, Deadline deadline) const;

  int descriptor_;
  const os::Clock* clock_;
};

}  // namespace weir::redis
