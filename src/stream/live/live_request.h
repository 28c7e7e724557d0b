#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/result.h"
#include "model/limits.h"
#include "model/tenant_id.h"
#include "os/clock.h"
#include "stream/live/live_delta.h"

namespace weir::stream {

struct LiveRequest {
  TenantId tenant;
  std::string query;
  os::milliseconds interval{1'000};
  os::milliseconds history{0};  ///< 0: none. Not looked at with `resume_after_ms`.
  Limits limits;
  /// The newest time that the subscriber has been told of before: it gets the later ones that it has missed,
  /// and none of them twice.
  std::optional<TimestampMs> resume_after_ms = std::nullopt;
};

/// What a subscriber is sent. An Error that `ends_live_query` ends the subscription.
using LiveUpdate = std::variant<LiveHistory, LiveFrame, Error>;

/// False for errors that can pass by themselves: the next interval tries again.
inline bool ends_live_query(const Error& error) {
  return !error.retryable() || error.code == Code::kResourceExhausted;
}

struct LiveSink {
  /// One at a time, from threads of the hub; must not block. A delivery that is under way when the
  /// subscription is destroyed still ends, so the function owns what it uses.
  std::function<void(const LiveUpdate&)> deliver;
  /// False while the peer is behind: the interval is skipped, and what changed is folded into a later frame.
  /// May be empty.
  std::function<bool()> ready;
};

}  // namespace weir::stream
