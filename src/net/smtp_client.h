#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/outbound_guard.h"

namespace weir::net {

/// One message, and the server that is to carry it on.
struct Mail {
  std::string server;               ///< HOST:PORT. Port 465 speaks TLS from the start.
  bool require_tls = true;          ///< STARTTLS or nothing. Else none is tried, unless the port says so.
  std::string hello = "localhost";  ///< How this machine calls itself.
  std::string username;             ///< Empty: no login.
  std::string password;
  std::string identity;  ///< On whose behalf the login is; mostly empty.
  std::string from;      ///< Address without name and brackets, as the ones of `to`.
  std::vector<std::string> to;
  std::string message;  ///< Header and body, lines ended by CR LF.
  std::chrono::milliseconds timeout{30'000};
  const OutboundGuard* guard = nullptr;  ///< As for HttpClient.
};

/// Hands a message to an SMTP server over a connection of its own; waits for it. Any thread. Errors:
/// kUnavailable (no connection, or the server says 4xx: later may work), kDeadlineExceeded (it may have been
/// taken), kFailedPrecondition (the server says 5xx, or has no TLS), kUnauthenticated, kPermissionDenied (the
/// guard, or a password without TLS to another machine), kInvalidArgument. Messages hold what the server
/// said, never the password.
Status send_mail(const Mail& mail);

}  // namespace weir::net
