#pragma once

#include <memory>
#include <string>

#include "gateway/services.h"
#include "net/websocket.h"

namespace weir::gateway {

/// Serves docs/formats/live.md on one accepted connection. The session lives until the connection closes;
/// `services` and `connections` (counts the open ones) outlive it.
net::WebSocketCallbacks start_live_session(Services& services, std::string tenant_name,
                                           std::shared_ptr<net::WebSocket> socket,
                                           telemetry::Gauge& connections);

}  // namespace weir::gateway
