#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "os/clock.h"

namespace weir::net {

/// The body of an answer that goes on for as long as both sides want. Safe from any thread. Keep the
/// shared_ptr as long as there is something to send; once the connection is over every call does nothing.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;
  /// Queues bytes of the body. Returns false when the connection is over, or when the queue limit is passed
  /// (`ServerOptions::websocket_queue_bytes_max`): the connection is then being closed.
  virtual bool send(std::shared_ptr<const std::string> bytes) = 0;
  /// Bytes queued and not yet handed to the system: the measure for skipping what can be skipped.
  virtual size_t queued_bytes() const = 0;
  /// Ends the body, once what is queued has been sent.
  virtual void end() = 0;
};

/// What an answer has in place of a body when that goes on. The client sees that it has ended by the end of
/// the connection, so the pieces of the body have to show by themselves where each of them ends.
struct StreamedBody {
  /// Called once, on the connection's event loop, when the head is about to be sent; must not block. What it
  /// returns is called there when the connection is over, once. Neither is called when the client has gone
  /// before.
  std::function<std::function<void()>(std::shared_ptr<AnswerStream> stream)> start;
  /// Sent whenever nothing else has been for `idle_interval`, so that all on the way see that the stream
  /// lives.
  std::string idle_bytes;
  os::milliseconds idle_interval{15'000};
};

}  // namespace weir::net
