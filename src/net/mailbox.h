#pragma once

#include <mutex>

#include "base/completion.h"
#include "net/asio.h"

namespace weir::net {

/// The way into an event loop from any thread, also after the loop is gone: a Responder or WebSocket that
/// outlives the server posts into a closed mailbox, which drops the task. Safe from any thread.
class Mailbox {
 public:
  explicit Mailbox(asio::io_context& io) : io_(&io) {}

  /// Runs the task on the loop's thread: inside the call when that is the calling thread, later otherwise.
  /// After `close` the task is destroyed unrun.
  void run(Task task);
  /// Runs the task later on the loop's thread, never inside the call.
  void post(Task task);
  /// The loop must not run any more.
  void close();

 private:
  std::mutex mutex_;
  asio::io_context* io_;  ///< Guarded by mutex_; null once closed.
};

}  // namespace weir::net
