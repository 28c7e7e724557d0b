#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "base/check.h"
#include "os/threads.h"
#include "support/tcp_link.h"

namespace weir::test {

/// A TCP proxy on a loopback port between a client under test and a real server, which does to the
/// connection what networks and servers do. A change takes effect before the call returns, for connections
/// that are open and for new ones. Safe from any thread.
///
///     TcpProxy proxy("127.0.0.1:6379");
///     Client client({.address = proxy.address()}, ...);
///     proxy.freeze();   // the client's call must end at its deadline
///     proxy.pass();     // and the next one succeed
class TcpProxy {
 public:
  /// `target`: HOST:PORT with a numeric IPv4 host; empty when only `answer` will be used. `port`: where to
  /// listen, for servers that tell clients where to come; 0: a free one.
  explicit TcpProxy(const std::string& target = {}, uint16_t port = 0) {
    if (!target.empty()) target_ = parse(target);
    keep_port(port);
    listen();
    thread_ = os::Thread("tcp-proxy", [this](std::stop_token stop) { run(stop); });
  }
  ~TcpProxy() {
    thread_.request_stop();
    wake();
    thread_.join();
  }

  std::string host() const { return "127.0.0.1"; }
  uint16_t port() const { return ntohs(own_.sin_port); }
  std::string address() const { return host() + ":" + std::to_string(port()); }

  /// Forwards everything at once, what a fault held back among it.
  void pass() { set({}); }
  /// Answers come `each` later.
  void delay(os::milliseconds each) { set({.kind = Fault::Kind::kDelay, .delay = each}); }
  /// Answers come byte by byte, one each `each`.
  void drip(os::milliseconds each) { set({.kind = Fault::Kind::kDrip, .delay = each}); }
  /// Accepts connections and forwards nothing either way, as a stopped process does.
  void freeze() { set({.kind = Fault::Kind::kFreeze}); }
  /// Resets all connections and refuses new ones, as a machine without the process does.
  void refuse() { set({.kind = Fault::Kind::kRefuse}); }
  /// Each connection is reset when it has answered so many bytes, counted from its beginning.
  void cut_after(size_t bytes) { set({.kind = Fault::Kind::kCutAfter, .bytes = bytes}); }
  /// Sends these bytes for each piece that a client sends: a server of the test's own making.
  void answer(std::string bytes) { set({.kind = Fault::Kind::kAnswer, .answer = std::move(bytes)}); }
  /// Resets the connections that are open; new ones go on as before.
  void cut() {
    on_thread([this] { reset_all(); });
  }

  /// Connections so far, and those open now.
  size_t accepted() const {
    std::lock_guard lock(mutex_);
    return accepted_;
  }
  size_t open() const {
    std::lock_guard lock(mutex_);
    return links_.size();
  }

 private:
  struct Link {
    Descriptor client;
    Descriptor server;
    TcpFlow up;    // client to server
    TcpFlow down;  // server to client
    bool server_hung_up = false;
    bool ended = false;
  };

  static sockaddr_in parse(const std::string& address) {
    const size_t colon = address.rfind(':');
    sockaddr_in parsed{};
    parsed.sin_family = AF_INET;
    parsed.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
    CHECK(::inet_pton(AF_INET, address.substr(0, colon).c_str(), &parsed.sin_addr) == 1, address);
    return parsed;
  }
  static const sockaddr* raw(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
  }
  static Descriptor open_socket() {
    Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK(fd.is_open(), "a socket");
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
  }
  // Its owner's end of the connection sees "connection reset".
  static void reset(Link& link) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    for (const Descriptor* fd : {&link.client, &link.server}) {
      ::setsockopt(fd->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    }
  }

  // A bound socket that never listens, so that the port stays ours while connections to it are refused.
  void keep_port(uint16_t port) {
    keeper_ = open_socket();
    own_ = parse("127.0.0.1:" + std::to_string(port));
    CHECK(::bind(keeper_.get(), raw(own_), sizeof(own_)) == 0, "a free port");
    socklen_t size = sizeof(own_);
    ::getsockname(keeper_.get(), reinterpret_cast<sockaddr*>(&own_), &size);
  }
  void listen() {
    listener_ = open_socket();
    CHECK(::bind(listener_.get(), raw(own_), sizeof(own_)) == 0, "our own port");
    CHECK(::listen(listener_.get(), 128) == 0, "listening");
  }

  void reset_all() {
    for (Link& link : links_) reset(link);
    links_.clear();
  }

  void set(Fault fault) {
    on_thread([this, &fault] {
      fault_ = std::move(fault);
      if (fault_.kind == Fault::Kind::kPass) {
        for (Link& link : links_) link.down.hurry(os::system_clock().steady());
      }
      if (fault_.kind == Fault::Kind::kRefuse) {
        reset_all();
        listener_ = Descriptor();
      } else if (!listener_.is_open()) {
        listen();
      }
    });
  }

  // A descriptor that poll(2) holds in another thread is not really closed, so the thread itself changes
  // things.
  void on_thread(std::function<void()> change) {
    std::lock_guard one_at_a_time(change_mutex_);
    std::unique_lock lock(mutex_);
    change_ = std::move(change);
    wake();
    changed_.wait(lock, [this] { return change_ == nullptr; });
  }
  void make_change() {
    if (change_ == nullptr) return;
    change_();
    change_ = nullptr;
    changed_.notify_all();
  }

  void wake() {
    const uint64_t one = 1;
    CHECK(::write(wake_.get(), &one, sizeof(one)) == sizeof(one), "a byte for the thread");
  }

  void run(std::stop_token stop) {
    while (!stop.stop_requested()) {
      std::vector<pollfd> watched;
      int timeout_ms = -1;
      {
        std::lock_guard lock(mutex_);
        make_change();
        step(os::system_clock().steady());
        watched = watch();
        timeout_ms = wait_ms(os::system_clock().steady());
      }
      ::poll(watched.data(), watched.size(), timeout_ms);
      uint64_t wakes = 0;
      if (watched[0].revents != 0) CHECK(::read(wake_.get(), &wakes, sizeof(wakes)) > 0, "the wake");
    }
  }

  // Moves what can be moved. Which descriptor was ready does not matter: none of these calls blocks.
  void step(os::SteadyTime now) {
    accept_all();
    if (fault_.kind == Fault::Kind::kFreeze) return;
    for (Link& link : links_) {
      if (!move(link, now)) link.ended = true;
    }
    links_.remove_if([](const Link& link) { return link.ended; });
  }

  void accept_all() {
    while (listener_.is_open() && is_readable(listener_.get())) {
      Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.is_open()) return;
      ++accepted_;
      links_.emplace_back().client = std::move(client);
    }
  }
  static bool is_readable(int fd) {
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) > 0;
  }

  // False when the connection has ended.
  bool move(Link& link, os::SteadyTime now) {
    if (fault_.kind == Fault::Kind::kAnswer) return answer(link, now);
    if (!link.server.is_open()) {
      link.server = open_socket();
      if (::connect(link.server.get(), raw(target_), sizeof(target_)) != 0) return false;
    }
    const bool client_is_there = link.up.read(link.client.get(), {}, now);
    if (!link.server_hung_up) link.server_hung_up = !link.down.read(link.server.get(), fault_, now);
    if (!link.up.write(link.server.get(), now)) return false;
    const bool cuts = fault_.kind == Fault::Kind::kCutAfter;
    if (!link.down.write(link.client.get(), now, cuts ? fault_.bytes : SIZE_MAX)) return false;
    if (cuts && link.down.written_bytes() >= fault_.bytes) {
      reset(link);
      return false;
    }
    return client_is_there && !(link.server_hung_up && link.down.is_empty());
  }

  bool answer(Link& link, os::SteadyTime now) {
    TcpFlow request;
    const bool client_is_there = request.read(link.client.get(), {}, now);
    if (!request.is_empty()) link.down.queue(fault_.answer, {}, now);
    return link.down.write(link.client.get(), now) && client_is_there;
  }

  std::vector<pollfd> watch() const {
    std::vector<pollfd> watched{{.fd = wake_.get(), .events = POLLIN, .revents = 0}};
    if (listener_.is_open()) watched.push_back({.fd = listener_.get(), .events = POLLIN, .revents = 0});
    if (fault_.kind == Fault::Kind::kFreeze) return watched;
    for (const Link& link : links_) {
      watch_side(watched, link.client.get(), link.up, link.down);
      if (link.server.is_open() && !link.server_hung_up)
        watch_side(watched, link.server.get(), link.down, link.up);
    }
    return watched;
  }
  // A side is read while there is room for what it says, and written once what is queued for it is due.
  static void watch_side(std::vector<pollfd>& watched, int fd, const TcpFlow& from, const TcpFlow& to) {
    const bool writes = to.due() && *to.due() <= os::system_clock().steady();
    const int events = (from.is_full() ? 0 : POLLIN) | (writes ? POLLOUT : 0);
    watched.push_back({.fd = events == 0 ? -1 : fd, .events = static_cast<short>(events), .revents = 0});
  }

  // Until the next piece that waits for its time.
  int wait_ms(os::SteadyTime now) const {
    if (fault_.kind == Fault::Kind::kFreeze) return -1;
    int64_t least = -1;
    for (const Link& link : links_) {
      const auto due = link.down.due();
      if (!due || *due <= now) continue;
      const int64_t left = std::chrono::ceil<os::milliseconds>(*due - now).count();
      least = least < 0 ? left : std::min(least, left);
    }
    return static_cast<int>(least);
  }

  sockaddr_in target_{};
  sockaddr_in own_{};
  Descriptor keeper_;
  const Descriptor wake_{::eventfd(0, EFD_CLOEXEC)};
  std::mutex change_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> change_;  // guarded by mutex_, as all below
  Descriptor listener_;
  Fault fault_;
  std::list<Link> links_;
  size_t accepted_ = 0;
  os::Thread thread_;
};

}  // namespace weir::test
