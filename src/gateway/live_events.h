#pragma once

#include <memory>

#include "gateway/live_frames.h"
#include "gateway/services.h"
#include "net/answer_stream.h"

namespace weir::gateway {

/// The body of an answer that streams one subscription of `tenant` as server-sent events
/// (docs/formats/live.md), from when it is opened until the connection closes or the subscription ends.
/// `services` and `connections` (counts the open ones) outlive it.
std::shared_ptr<net::StreamedBody> live_events(Services& services, stream::LiveRequest request,
                                               telemetry::Gauge& connections);

}  // namespace weir::gateway
