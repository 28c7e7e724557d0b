#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "os/threads.h"

namespace weir::store::timescale {

/// Stands between a client and a server on loopback, and cuts one connection at a chosen moment: before or
/// after the n-th piece that clients send (a piece is what one read finds: with small statements, one message
/// or a few).
class CuttingProxy {
 public:
  explicit CuttingProxy(uint16_t server_port) : server_port_(server_port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0, "a free port");
    CHECK(listen(listener_, 64) == 0, "a listener");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = os::Thread("proxy", [this](std::stop_token stop) { run(stop); });
  }
  ~CuttingProxy() {
    thread_.request_stop();
    thread_.join();
    pairs_.clear();
    close(listener_);
  }

  uint16_t port() const { return port_; }
  int pieces() const { return pieces_; }
  /// Cuts the connection on which the `piece`-th piece from now is sent; `delivered`: the server still gets
  /// it, but its answer is lost.
  void cut_at(int piece, bool delivered) {
    delivered_ = delivered;
    cut_at_ = pieces_ + piece;
  }
  /// Whether the cut was made; one that was not is called off.
  bool has_cut() { return cut_at_.exchange(0) == 0; }

 private:
  struct Pair {
    int client;
    int server;
    Pair(int c, int s) : client(c), server(s) {}
    ~Pair() {
      close(client);
      close(server);
    }
  };

  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void run(std::stop_token stop) {
    while (!stop.stop_requested()) {
      std::vector<pollfd> waited = {{listener_, POLLIN, 0}};
      for (const auto& pair : pairs_) {
        waited.push_back({pair->client, POLLIN, 0});
        waited.push_back({pair->server, POLLIN, 0});
      }
      poll(waited.data(), waited.size(), 5);
      for (size_t i = pairs_.size(); i-- > 0;) {
        const bool alive = (waited[1 + 2 * i].revents == 0 || from_client(*pairs_[i])) &&
                           (waited[2 + 2 * i].revents == 0 || forward(pairs_[i]->server, pairs_[i]->client));
        if (!alive) pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (waited[0].revents != 0) accept_one();
    }
  }
  void accept_one() {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(server_port_);
    auto pair = std::make_unique<Pair>(client, server);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      pairs_.push_back(std::move(pair));
    }
  }
  bool from_client(const Pair& pair) {
    const bool cut = ++pieces_ == cut_at_;
    if (cut) cut_at_ = 0;
    if (cut && !delivered_) return false;
    return forward(pair.client, pair.server) && !cut;
  }
  bool forward(int from, int to) {
    const ssize_t size = recv(from, buffer_.data(), buffer_.size(), 0);
    if (size <= 0) return false;
    for (ssize_t sent = 0; sent < size;) {
      const ssize_t more = send(to, buffer_.data() + sent, static_cast<size_t>(size - sent), MSG_NOSIGNAL);
      if (more <= 0) return false;
      sent += more;
    }
    return true;
  }

  const uint16_t server_port_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> pieces_{0};
  std::atomic<int> cut_at_{0};
  std::atomic<bool> delivered_{false};
  std::vector<char> buffer_ = std::vector<char>(1 << 18);
  std::vector<std::unique_ptr<Pair>> pairs_;
  os::Thread thread_;
};

}  // namespace weir::store::timescale
