#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/outbound_guard.h"
#include "notify/notification.h"
#include "notify/receiver.h"
#include "os/files.h"

namespace weir::notify {

/// What came of one attempt to tell.
struct SendOutcome {
  enum class Verdict {
    kDelivered,
    kRetry,  ///< It may work later.
    kFailed  ///< It will not.
  } verdict = Verdict::kDelivered;
  std::string error = {};                      ///< Without secrets; empty when delivered.
  std::optional<int64_t> retry_after_ms = {};  ///< What the receiver's server asked for.

  bool delivered() const { return verdict == Verdict::kDelivered; }
  static SendOutcome of(const Error& error);
};

/// What senders share. What it points to outlives them.
struct SenderContext {
  const net::OutboundGuard& guard;
  os::FileSystem& files;
  std::string external_url;    ///< Of this server, as users reach it; may be empty.
  int64_t timeout_ms = 5'000;  ///< Of one attempt.
};

/// Tells one integration of a receiver. Used by one thread at a time.
class Sender {
 public:
  virtual ~Sender() = default;
  /// Waits, at most for about the timeout.
  virtual SendOutcome send(const Notification& notification) = 0;
};

/// The sender of an integration. `integration` need not outlive it, what `context` points to must.
std::unique_ptr<Sender> make_sender(const Integration& integration, const SenderContext& context);

}  // namespace weir::notify
