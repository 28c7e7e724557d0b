#pragma once

#include <memory>

#include "net/loop.h"
#include "net/websocket_queue.h"

namespace weir::net {

/// What was an HTTP connection and becomes a WebSocket.
struct Upgrade {
  Socket socket;
  OpenSlot slot;
  std::shared_ptr<WebSocketQueue> queue;
  WebSocketCallbacks callbacks;
};

/// Answers the upgrade request with those fields, which have been checked, and lets the new session live in
/// the loop. On the loop's thread.
void open_websocket(Loop& loop, Upgrade upgrade, const Headers& request);

}  // namespace weir::net
