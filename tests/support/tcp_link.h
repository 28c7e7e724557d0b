#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "os/clock.h"

namespace weir::test {

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// What TcpProxy does to the bytes of its connections. All but `kPass` concern what the server answers.
struct Fault {
  enum class Kind { kPass, kDelay, kDrip, kFreeze, kRefuse, kCutAfter, kAnswer };
  Kind kind = Kind::kPass;
  os::milliseconds delay{0};  ///< kDelay: of each piece; kDrip: between two bytes.
  size_t bytes = 0;           ///< kCutAfter: answered before the connection is reset.
  std::string answer = {};    ///< kAnswer: sent for each piece that a client sends; nobody else is asked.
};

/// One way of a connection: bytes read on one side that wait for their time to be written to the other.
class TcpFlow {
 public:
  /// False when the writer has hung up, after what it wrote was taken.
  bool read(int from, const Fault& fault, os::SteadyTime now) {
    while (queued_bytes_ < kQueueBytesMax) {
      char buffer[4'096];
      const ssize_t size = ::recv(from, buffer, sizeof(buffer), MSG_DONTWAIT);
      if (size <= 0) return size < 0 && errno == EAGAIN;
      queue({buffer, static_cast<size_t>(size)}, fault, now);
    }
    return true;
  }

  void queue(std::string bytes, const Fault& fault, os::SteadyTime now) {
    queued_bytes_ += bytes.size();
    if (fault.kind != Fault::Kind::kDrip) {
      const os::milliseconds delay = fault.kind == Fault::Kind::kDelay ? fault.delay : os::milliseconds(0);
      pieces_.push_back({std::move(bytes), now + delay});
      return;
    }
    for (const char byte : bytes) {
      last_drop_ = std::max(last_drop_ + fault.delay, now);
      pieces_.push_back({std::string(1, byte), last_drop_});
    }
  }

  /// Writes what is due. False when the reader has hung up.
  bool write(int to, os::SteadyTime now, size_t bytes_max = std::numeric_limits<size_t>::max()) {
    while (!pieces_.empty() && pieces_.front().due <= now && written_bytes_ < bytes_max) {
      std::string& bytes = pieces_.front().bytes;
      const size_t size = std::min(bytes.size(), bytes_max - written_bytes_);
      const ssize_t sent = ::send(to, bytes.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN;
      written_bytes_ += static_cast<size_t>(sent);
      queued_bytes_ -= static_cast<size_t>(sent);
      bytes.erase(0, static_cast<size_t>(sent));
      if (bytes.empty()) pieces_.pop_front();
    }
    return true;
  }

  /// What waits is due now.
  void hurry(os::SteadyTime now) {
    for (Piece& piece : pieces_) piece.due = std::min(piece.due, now);
    last_drop_ = std::min(last_drop_, now);
  }

  bool is_empty() const { return pieces_.empty(); }
  bool is_full() const { return queued_bytes_ >= kQueueBytesMax; }
  size_t written_bytes() const { return written_bytes_; }
  /// When the next piece is due, if there is one.
  std::optional<os::SteadyTime> due() const {
    if (pieces_.empty()) return std::nullopt;
    return pieces_.front().due;
  }

 private:
  static constexpr size_t kQueueBytesMax = 1u << 20;
  struct Piece {
    std::string bytes;
    os::SteadyTime due;
  };
  std::deque<Piece> pieces_;
  size_t queued_bytes_ = 0;
  size_t written_bytes_ = 0;
  os::SteadyTime last_drop_{};
};

}  // namespace weir::test
