#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/completion.h"
#include "net/http.h"
#include "os/clock.h"

/// The client half of the event loops: calls to other servers, without a thread waiting for them. Each loop
/// keeps its own connections, so that an answer comes back on the thread that asked, without a lock.
namespace weir::net {

/// Of each loop and upstream, but for the last. Part of ServerOptions.
struct UpstreamOptions {
  size_t connections_max = 128;            ///< Beyond it, requests wait for one.
  size_t waiting_max = 1'024;              ///< Requests that wait; more are refused.
  uint64_t waiting_bytes_max = 64u << 20;  ///< Their bodies together; more are refused.
  size_t head_bytes_max = 64 * 1024;       ///< Of an answer.
  os::milliseconds connect_timeout{1'000};
  os::milliseconds idle_timeout{15'000};            ///< Below the other server's, so that it is we who close.
  uint64_t inflight_answer_bytes_max = 256u << 20;  ///< Answers being received, in all loops together.
};

/// What is the same for each attempt. The fields end to end only: `Host`, `Connection`, `Content-Length` and
/// everything hop-by-hop are the client's own.
struct UpstreamRequest {
  std::string method;
  std::string target;  ///< Origin form, encoded: "/api/v1/query?query=up".
  Headers headers;
  std::string body;
  uint64_t response_bytes_max = 256u << 20;  ///< A larger answer fails with kResourceExhausted.
  bool websocket = false;  ///< Asks for an upgrade; `headers` hold the Sec-WebSocket fields.
  /// An answer of `text/event-stream` may come, which goes on for as long as its connection.
  bool event_stream = false;
};

/// One attempt at a request.
struct UpstreamAttempt {
  std::string address;    ///< Numeric: "10.0.0.7:8080", "[::1]:8080".
  std::string authority;  ///< The `Host` field.
  Headers headers;        ///< Besides those of the request.
  Deadline deadline = Deadline::never();
  /// Asked each 250 ms, when not empty; true ends the attempt with kUnavailable.
  std::function<bool()> abandoned;
  /// Released when the exchange is over; for an upgraded connection, when that is.
  std::shared_ptr<void> lease;
};

struct UpstreamResult {
  /// Any final status is a success, and so is 101 if an upgrade was asked for: `HttpResponse::stream` then
  /// holds the connection, as it does when an event stream was asked for and comes. Fields are end to end
  /// only. Errors: kUnavailable (no connection, or it ended, or
  /// its answer cannot be trusted), kDeadlineExceeded, kResourceExhausted (the answer is too large, or too
  /// many wait), kCancelled (the server stops, or answers in flight use all of their memory).
  Result<HttpResponse> response;
  /// False: not one byte of the request has been handed to the system, so nothing can have come of it.
  bool sent = false;
};
using UpstreamDone = absl::AnyInvocable<void(UpstreamResult)>;

/// Makes one attempt; `done` runs later on the calling thread, exactly once, or inside the call on refusal.
/// Only from an event loop's thread: inside a call of Handler, of `done`, or of a task below.
void send_upstream(UpstreamAttempt attempt, std::shared_ptr<const UpstreamRequest> request,
                   UpstreamDone done);

/// Runs `task` on the calling event loop after `delay`. When the server is cut first, it is
/// destroyed unrun.
void run_later(os::milliseconds delay, Task task);

/// "10.0.0.7:8080" of "weir-query:8080"; a numeric address is returned as it is. May wait for the resolver:
/// not from an event loop. kInvalidArgument: not HOST:PORT, or an unknown host.
Result<std::string> resolve_upstream(std::string_view host_port);

}  // namespace weir::net
