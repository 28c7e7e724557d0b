#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "net/ascii.h"

namespace weir::net::testing {

/// One answer as it came over the wire.
struct RawResponse {
  int status = 0;  ///< 0: the connection ended before a whole head.
  std::string head;
  std::string body;

  /// The value of a field, or empty.
  std::string field(std::string_view name) const {
    for (size_t begin = head.find("\r\n") + 2; begin < head.size();) {
      const size_t end = std::min(head.find("\r\n", begin), head.size());
      const std::string_view line = std::string_view(head).substr(begin, end - begin);
      const size_t colon = line.find(':');
      if (colon != std::string_view::npos && equals_ignore_case(line.substr(0, colon), name)) {
        return std::string(trim(line.substr(colon + 1)));
      }
      begin = end + 2;
    }
    return {};
  }
};

/// A blocking loopback socket that sends what it is told, byte by byte if need be. A read that takes 20 s
/// counts as the end, so that a server which forgets to answer fails the test instead of hanging it.
class RawClient {
 public:
  explicit RawClient(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    CHECK(fd_ >= 0, "a socket for the test");
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (port != 0) connect(port);
  }
  /// Takes over a connected socket.
  static RawClient adopt(int fd) {
    RawClient client(0);
    client.close();
    client.fd_ = fd;
    const timeval limit{20, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    return client;
  }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() { close(); }

  void connect(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0, "the test connects");
  }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// Closes so that the peer sees a reset instead of an end.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }
  void shrink_receive_buffer(int bytes) { ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)); }

  /// False when the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  /// The next answer; `without_body` for answers to HEAD.
  RawResponse receive(bool without_body = false) {
    RawResponse response;
    size_t head_end = 0;
    while ((head_end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return response;
    }
    response.head = input_.substr(0, head_end + 2);
    input_.erase(0, head_end + 4);
    response.status = std::stoi(response.head.substr(response.head.find(' ') + 1));
    const std::string length = response.field("Content-Length");
    size_t body_bytes = 0;
    std::from_chars(length.data(), length.data() + length.size(), body_bytes);
    if (without_body) body_bytes = 0;
    while (input_.size() < body_bytes && fill()) {
    }
    response.body = input_.substr(0, body_bytes);
    input_.erase(0, body_bytes);
    return response;
  }
  RawResponse exchange(std::string_view request) {
    send(request);
    return receive();
  }

  /// What has come when `end` has; all there was when the peer closed before.
  std::string receive_through(std::string_view end) {
    size_t found = 0;
    while ((found = input_.find(end)) == std::string::npos) {
      if (!fill()) return std::exchange(input_, {});
    }
    std::string text = input_.substr(0, found + end.size());
    input_.erase(0, text.size());
    return text;
  }
  /// Exactly so many bytes, or what came before the end.
  std::string receive_bytes(size_t bytes) {
    while (input_.size() < bytes && fill()) {
    }
    std::string text = input_.substr(0, bytes);
    input_.erase(0, text.size());
    return text;
  }

  /// Everything until the server closes.
  std::string drain() {
    while (fill()) {
    }
    return std::exchange(input_, {});
  }
  /// True when the server closes without sending anything more.
  bool ends() { return drain().empty(); }

 private:
  bool fill() {
    char chunk[65536];
    const ssize_t got = ::recv(fd_, chunk, sizeof(chunk), 0);
    if (got <= 0) return false;
    input_.append(chunk, static_cast<size_t>(got));
    return true;
  }

  int fd_;
  std::string input_;
};

}  // namespace weir::net::testing
