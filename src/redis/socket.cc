#include "redis/socket.h"

#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis/errno_text.h"

namespace weir::redis {
namespace {

// The time left as ppoll wants it; nothing means for ever.
std::optional<timespec> time_left(const os::Clock& clock, Deadline deadline) {
  if (deadline.when() == os::SteadyTime::max()) return std::nullopt;
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.when() - clock.steady());
  if (left.count() <= 0) return timespec{0, 0};
  return timespec{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
}

Error lost(std::string_view what, int error) {
  return unavailable(fmt::format("{}: {}", what, errno_text(error)));
}

// Commands are small and each waits for its answer, so the kernel must not hold the last packet back.
void set_options(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

int pending_error(int descriptor) {
  int error = 0;
  socklen_t size = sizeof(error);
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Result<Socket> Socket::connect(const SocketAddress& address, const os::Clock& clock, Deadline deadline) {
  const int descriptor = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return lost("socket", errno);
  Socket socket(descriptor, clock);
  set_options(descriptor);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) {
    return socket;
  }
  if (errno != EINPROGRESS) return lost("connect", errno);
  RETURN_IF_ERROR(socket.wait(POLLOUT, deadline).context("connect"));
  const int error = pending_error(descriptor);
  if (error != 0) return lost("connect", error);
  return socket;
}

Socket::Socket(Socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), clock_(other.clock_) {}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status Socket::wait(short events, Deadline deadline) const {
  while (true) {
    pollfd entry{.fd = descriptor_, .events = events, .revents = 0};
    const std::optional<timespec> left = time_left(*clock_, deadline);
    const int ready = ::ppoll(&entry, 1, left ? &*left : nullptr, nullptr);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return lost("poll", errno);
    if (ready == 0 && deadline.passed(*clock_)) return deadline_exceeded("no answer in time");
  }
}

Status Socket::write_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      RETURN_IF_ERROR(wait(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return lost("write", errno);
    }
    // A peer that takes a byte now and then must not hold the call beyond its time.
    if (!bytes.empty() && deadline.passed(*clock_)) return deadline_exceeded("not taken in time");
  }
  return {};
}

Result<size_t> Socket::read_some(std::span<char> into, Deadline deadline) {
  while (true) {
    RETURN_IF_ERROR(wait(POLLIN, deadline));
    const ssize_t received = ::recv(descriptor_, into.data(), into.size(), 0);
    if (received > 0) return static_cast<size_t>(received);
    if (received == 0) return unavailable("connection closed by the server");
    if (errno != EAGAIN && errno != EINTR) return lost("read", errno);
  }
}

bool Socket::is_quiet() const {
  char byte;
  return ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace weir::redis
