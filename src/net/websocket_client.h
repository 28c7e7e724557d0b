#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace weir::net {

/// A blocking WebSocket client (RFC 6455) for the command line and tests. Pings are answered while a call
/// waits. Owned by one thread.
class WebSocketClient {
 public:
  static constexpr size_t kMessageBytesMax = 16u << 20;

  /// `url`: ws://HOST[:PORT]/PATH; no TLS. `headers` go with the handshake (Authorization, X-Scope-OrgID).
  /// Errors: kInvalidArgument (URL, field), kUnsupported (wss), kUnavailable (no connection),
  /// kDeadlineExceeded, kPermissionDenied (the server answered the handshake with another status; the message
  /// has it).
  static Result<WebSocketClient> connect(const std::string& url, const Headers& headers,
                                         std::chrono::milliseconds timeout);

  ~WebSocketClient();
  WebSocketClient(WebSocketClient&&) noexcept;
  WebSocketClient& operator=(WebSocketClient&&) noexcept;

  /// Errors: kUnavailable (closed), kDeadlineExceeded (the server does not read; the connection is then cut).
  Status send_text(std::string_view text, std::chrono::milliseconds timeout = std::chrono::seconds(10));
  Status send_binary(std::string_view bytes, std::chrono::milliseconds timeout = std::chrono::seconds(10));

  /// The next message; nullopt when none came in time, and a later call may still get it. kUnavailable once
  /// the connection is closed: `close_code` then tells why.
  Result<std::optional<std::string>> receive(std::chrono::milliseconds timeout);

  /// The code of the server's close frame; 1006 when the connection ended without one; nullopt while it is
  /// open.
  std::optional<uint16_t> close_code() const;

  /// The closing handshake: sends the code and waits for the server's close frame until `timeout`, then cuts.
  Status close(uint16_t code = 1000, std::chrono::milliseconds timeout = std::chrono::seconds(5));

 private:
  struct Impl;
  explicit WebSocketClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
