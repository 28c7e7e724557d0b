#pragma once

#include <string_view>

#include "net/http.h"

namespace weir::net {

/// True for a field that belongs to one connection and must not be passed on (RFC 9110, 7.6.1, and what older
/// proxies made of it): Connection, Keep-Alive, Proxy-*, TE, Trailer, Transfer-Encoding, Upgrade.
bool is_hop_by_hop(std::string_view name);

/// The fields that a proxy may pass on: without those that are hop-by-hop, and without those that
/// `Connection` names, whatever they are. Pure.
Headers end_to_end(const Headers& headers);

}  // namespace weir::net
