#include "net/peer.h"

#include "net/loop.h"

namespace weir::net {

Peer::Peer(Loop& loop) : loop_(loop), timer_(loop.io()) {}

void Peer::set_deadline(os::SteadyTime when) {
  deadline_ = when;
  if (deadline_ < armed_for_) arm();
}

void Peer::set_deadline_in(os::milliseconds delay) {
  set_deadline(os::system_clock().steady() + delay);
}

void Peer::cancel_timer() {
  clear_deadline();
  timer_.cancel();
}

void Peer::arm() {
  armed_for_ = deadline_;
  timer_.expires_at(armed_for_);
  timer_.async_wait([this, self = shared_from_this()](const error_code& error) {
    if (error) return;  // cancelled, or armed anew for an earlier point
    armed_for_ = os::SteadyTime::max();
    if (deadline_ == os::SteadyTime::max()) return;
    if (os::system_clock().steady() < deadline_) return arm();
    clear_deadline();
    on_deadline();
  });
}

}  // namespace weir::net
