#pragma once

#include <string>

#include "net/upstream_client.h"

namespace weir::net {

/// Request line and fields of one attempt, up to the empty line. Fields that are the client's own (Host,
/// Content-Length, hop-by-hop) are skipped in both lists. Pure.
std::string upstream_request_head(const UpstreamAttempt& attempt, const UpstreamRequest& request);

}  // namespace weir::net
