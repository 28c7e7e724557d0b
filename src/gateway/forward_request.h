#pragma once

#include <memory>
#include <string>

#include "net/upstream_client.h"
#include "os/random.h"

namespace weir::gateway {

/// Fields of the gateway's own between its processes.
inline constexpr std::string_view kDeadlineField = "X-Weir-Deadline-Ms";  ///< Time left when it was sent.
/// In a failed answer to a write, always "0": nothing of it was taken, so it may be sent to another process.
inline constexpr std::string_view kAcceptedField = "X-Weir-Accepted";

/// The request as it goes to an upstream, whatever their number. HEAD becomes GET, because the server takes
/// the body away itself. Of the client's fields, those of its own hop, `Origin` (already judged against the
/// name the client used, which the upstream does not know), WebSocket extensions and the gateway's own are
/// left out; `X-Scope-OrgID` is `tenant`, X-Forwarded-For grows by the client, X-Forwarded-Host is what the
/// client called us, `traceparent` and X-Request-Id are made where they are missing. Takes the body out of
/// `request`; the rest of it stays.
net::UpstreamRequest forwarded_request(net::HttpRequest& request, const std::string& tenant,
                                       const std::string& request_id, os::Random& random);

/// True for a request whose answer may go on: live frames as server-sent events.
bool is_live_events(const net::HttpRequest& request);
/// True when the client asks to become a WebSocket.
bool is_upgrade(const net::HttpRequest& request);

}  // namespace weir::gateway
