#pragma once

#include <optional>

#include "net/framing.h"

namespace weir::net {

/// True when the request asks to become a WebSocket.
bool is_websocket_upgrade(const RequestHead& head);

/// Judges an upgrade request (RFC 6455, 4.2.1). A browser's request must come from a page of this very host:
/// cookies and loopback trust travel with it, and browsers do not keep other pages' scripts from opening
/// WebSockets.
std::optional<Refusal> check_upgrade(const RequestHead& head, const BodyFraming& framing);

}  // namespace weir::net
