#pragma once

#include "gateway/router.h"
#include "gateway/upstreams.h"

namespace weir::gateway {

/// Answers a call by what an upstream of `set` answers. On an event loop's thread. One upstream is chosen,
/// and where forward_verdict.h allows it another, once; upstreams that never saw the request do not count.
/// The time for all attempts is the route's: `write_timeout` or `query_timeout`, and a second more, so that
/// it is the upstream that says what took too long; less where the client's X-Weir-Deadline-Ms asks for less.
/// Without an upstream: 503 with Retry-After. `route` and `services` outlive the call.
void forward(Services& services, const Route& route, UpstreamSet& set, Call call);

}  // namespace weir::gateway
