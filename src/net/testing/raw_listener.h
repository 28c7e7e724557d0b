#pragma once

#include <memory>
#include <string>

#include <fmt/format.h>
#include <poll.h>

#include "net/testing/raw_client.h"

namespace weir::net::testing {

/// A loopback port whose connections the test plays by hand: a server that answers wrongly, slowly or never.
class RawListener {
 public:
  RawListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    CHECK(fd_ >= 0, "a socket for the test");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    CHECK(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0, "the test binds");
    CHECK(::listen(fd_, 128) == 0, "the test listens");
    CHECK(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "the test has a port");
    port_ = ntohs(address.sin_port);
  }
  RawListener(const RawListener&) = delete;
  ~RawListener() { close(); }

  uint16_t port() const { return port_; }
  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

  /// The next connection. One that does not come within 20 s is a closed one.
  RawClient accept() {
    pollfd waiting{fd_, POLLIN, 0};
    const int fd = ::poll(&waiting, 1, 20'000) == 1 ? ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
    return RawClient::adopt(fd);
  }
  bool has_connection() {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1;
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
  uint16_t port_ = 0;
};

}  // namespace weir::net::testing
