#pragma once

#include <memory>

#include "net/asio.h"
#include "os/clock.h"

namespace weir::net {

class Loop;

/// One open connection, HTTP or WebSocket, owned by its loop and by its pending operations. Runs on the
/// loop's thread only.
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  explicit Peer(Loop& loop);
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// The server stops: finish what is in flight, then close.
  virtual void drain() = 0;
  /// Close now, without ceremony.
  virtual void cut() = 0;

 protected:
  /// Calls `on_deadline` once, at or shortly after `when`; a later call replaces it.
  void set_deadline(os::SteadyTime when);
  void set_deadline_in(os::milliseconds delay);
  void clear_deadline() { deadline_ = os::SteadyTime::max(); }
  /// For closing: a timer that still waits would hold the loop open.
  void cancel_timer();
  virtual void on_deadline() = 0;

  Loop& loop_;

 private:
  void arm();

  // The timer may wait for an earlier point than the deadline, and then looks again: moving a deadline
  // further away, which happens several times a request, costs one store.
  Timer timer_;
  os::SteadyTime deadline_ = os::SteadyTime::max();
  os::SteadyTime armed_for_ = os::SteadyTime::max();
};

}  // namespace weir::net
