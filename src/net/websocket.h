#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weir::net {

/// One accepted WebSocket connection (RFC 6455, no compression). Safe from any thread. Keep the shared_ptr as
/// long as frames are to be sent; after the close every call does nothing.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// Queues one text frame. Frames share their body: one encoded frame can go to many peers. Returns false
  /// when the connection is closed, or when the queue limit is passed (the connection is then being closed
  /// with 1013).
  virtual bool send_text(std::shared_ptr<const std::string> body) = 0;
  /// Bytes queued and not yet handed to the system: the measure for conflating or skipping frames.
  virtual size_t queued_bytes() const = 0;
  /// Starts the closing handshake with `code` (1000, 1001, 1008, ...) and a reason of at most 123 bytes.
  virtual void close(uint16_t code, std::string_view reason) = 0;
};

/// Called on the connection's event loop, one at a time; must not block. `on_close` runs exactly once, after
/// the last `on_text`. Binary frames are refused with 1003; pings are answered by the server, which pings
/// idle peers itself.
struct WebSocketCallbacks {
  std::function<void(std::string_view text)> on_text;
  std::function<void()> on_close;
};

}  // namespace weir::net
