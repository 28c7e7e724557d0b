#pragma once

#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace weir::test {

/// The least that a question to Redis costs: one blocking socket, two system calls, nothing parsed. The floor
/// for benchmarks of what stands on it.
class RawRedis {
 public:
  /// `address`: HOST:PORT with a numeric IPv4 host.
  explicit RawRedis(const std::string& address) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const size_t colon = address.rfind(':');
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
    CHECK(::inet_pton(AF_INET, address.substr(0, colon).c_str(), &target.sin_addr) == 1, address);
    CHECK(::connect(fd_, reinterpret_cast<const sockaddr*>(&target), sizeof(target)) == 0, "Redis is there");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  ~RawRedis() { ::close(fd_); }
  RawRedis(const RawRedis&) = delete;
  RawRedis& operator=(const RawRedis&) = delete;

  void ping() {
    char answer[64];
    CHECK(::send(fd_, "PING\r\n", 6, MSG_NOSIGNAL) == 6, "sent");
    CHECK(::recv(fd_, answer, sizeof(answer), 0) == 7, "+PONG");
  }

 private:
  const int fd_;
};

}  // namespace weir::test
