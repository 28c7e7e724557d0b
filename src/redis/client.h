#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/clock.h"
#include "redis/reply.h"
#include "resilience/circuit_breaker.h"
#include "telemetry/metrics.h"

/// A client of Redis for the engines that stand on it. hiredis stays behind this folder.
namespace weir::redis {

struct ClientOptions {
  std::string address = "127.0.0.1:6379";  ///< HOST:PORT or [V6]:PORT.
  std::string user = {};                   ///< Empty: the default user.
  std::string password = {};               ///< Empty: none. Never logged.
  uint32_t database = 0;
  size_t connections_max = 8;  ///< Open at once, 1 or more; calls beyond wait for one.
  os::milliseconds connect_timeout{1'000};
  uint64_t reply_bytes_max = 64u << 20;
};

/// Commands over a few kept-alive connections, behind a circuit breaker named "redis" (slow: 20 ms). Every
/// call has a deadline of its own, which covers waiting for a connection and connecting; a connection whose
/// call ran out of time is closed, so a late answer is never taken for another call's. Nothing is repeated: a
/// call that failed with kUnavailable or kDeadlineExceeded may have been carried out. Safe from any thread;
/// calls block it.
///
/// Errors: kUnavailable (refused, lost, loading, read-only replica, breaker open), kDeadlineExceeded,
/// kResourceExhausted (OOM, reply too large), kPermissionDenied (NOAUTH, WRONGPASS, NOPERM), kNotFound
/// (NOSCRIPT), kUnsupported (MOVED: a cluster), kInvalidArgument (the address of the options), kInternal
/// (another error reply: its text, without arguments).
class Client {
 public:
  /// Connects at the first call. All outlive the client.
  Client(const ClientOptions& options, os::Clock& clock, telemetry::Registry& registry);
  ~Client();

  /// One command of one argument or more; arguments are bytes of any kind.
  Result<Reply> command(std::span<const std::string_view> arguments, Deadline deadline);

  /// EVALSHA of `script`, loaded when the server does not know it. `script` lives as long as the client.
  Result<Reply> eval(std::string_view script, std::span<const std::string_view> keys,
                     std::span<const std::string_view> arguments, Deadline deadline);

  resilience::CircuitBreaker& breaker();
  /// The clock of the deadlines.
  const os::Clock& clock() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::redis
