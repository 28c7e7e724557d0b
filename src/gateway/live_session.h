#pragma once

#include <memory>
#include <string>

#include "gateway/live_frames.h"
#include "gateway/services.h"
#include "net/websocket.h"

namespace weir::gateway {

/// What the hub is asked for by a subscription of that tenant.
stream::LiveRequest live_request(const Services& services, TenantId tenant, const LiveSubscribe& subscribe);
/// Whether a peer may be sent more: it is not behind with so many bytes, and reads find all that they should.
bool live_ready(const Services& services, size_t queued_bytes);

/// Serves docs/formats/live.md on one accepted connection. The session lives until the connection closes;
/// `services` and `connections` (counts the open ones) outlive it.
net::WebSocketCallbacks start_live_session(Services& services, std::string tenant_name,
                                           std::shared_ptr<net::WebSocket> socket,
                                           telemetry::Gauge& connections);

}  // namespace weir::gateway
