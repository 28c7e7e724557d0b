#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::net {

/// Why the server itself turned a connection or request away: the `reason` label of
/// `weir_http_rejected_total`.
enum class Reject : uint8_t {
  kFraming,         ///< 400, 505: not HTTP/1.x as RFC 9112 wants it.
  kTargetTooLong,   ///< 414
  kHeaderTooLarge,  ///< 431
  kBodyTooLarge,    ///< 413
  kBodyMemory,      ///< 503: the bodies in flight use all of `inflight_body_bytes_max`.
  kExpectation,     ///< 417
  kHeaderTimeout,   ///< 408, or closed without an answer when not one byte came.
  kBodyTimeout,     ///< 408
  kWriteTimeout,    ///< Cut: the client does not read its answer.
  kUpgrade,         ///< 400, 403, 426: a WebSocket handshake that cannot be accepted.
  kConnections,     ///< Closed at once: `connections_max` are open.
};
inline constexpr size_t kRejectCount = 11;

inline constexpr std::array<std::string_view, kRejectCount> kRejectNames = {
    "framing",        "target_too_long", "header_too_large", "body_too_large", "body_memory", "expectation",
    "header_timeout", "body_timeout",    "write_timeout",    "upgrade",        "connections"};

/// An answer the server gives without asking the application. The connection closes after it, because the
/// bytes that follow can no longer be trusted to begin a request.
struct Refusal {
  int status = 400;
  Reject reason = Reject::kFraming;
  std::string message;  ///< One sentence for the client.
};

}  // namespace weir::net
