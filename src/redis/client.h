#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/clock.h"
#include "resilience/circuit_breaker.h"
#include "telemetry/metrics.h"

/// A client of Redis for the engines that stand on it. hiredis stays behind this folder.
namespace weir::redis {

struct ClientOptions {
  std::string address = "127.0.0.1:6379";  ///< HOST:PORT.
  std::string user;                        ///< Empty: the default user.
  std::string password;                    ///< Empty: none. Never logged.
  uint32_t database = 0;
  size_t connections_max = 8;
  os::milliseconds connect_timeout{1'000};
  uint64_t reply_bytes_max = 64u << 20;
};

/// What Redis answered.
struct Reply {
  enum class Kind { kNull, kInteger, kText, kArray };
  Kind kind = Kind::kNull;
  int64_t integer = 0;
  std::string text;  ///< Bulk and status replies.
  std::vector<Reply> items;
};

/// Commands over a few kept-alive connections, behind a circuit breaker named "redis" (slow: 20 ms). Every
/// call has a deadline of its own, which covers connecting; a connection whose call ran out of time is
/// closed, so a late answer is never taken for another call's. Safe from any thread; calls block it. Errors:
/// kUnavailable (refused, lost, loading, breaker open), kDeadlineExceeded, kResourceExhausted (OOM, too
/// large), kPermissionDenied (NOAUTH, WRONGPASS, NOPERM), kNotFound (NOSCRIPT), kInternal (another error
/// reply: its text).
class Client {
 public:
  /// Connects at the first call. All outlive the client.
  Client(const ClientOptions& options, os::Clock& clock, telemetry::Registry& registry);
  ~Client();

  /// One command; arguments are bytes of any kind.
  Result<Reply> command(std::span<const std::string_view> arguments, Deadline deadline);

  /// EVALSHA of `script`, loaded once a server when it says NOSCRIPT.
  Result<Reply> eval(std::string_view script, std::span<const std::string_view> keys,
                     std::span<const std::string_view> arguments, Deadline deadline);

  resilience::CircuitBreaker& breaker();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::redis
