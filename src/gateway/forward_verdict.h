#pragma once

#include "gateway/surface.h"
#include "net/upstream_client.h"

namespace weir::gateway {

/// What follows an attempt at an upstream.
enum class Verdict {
  kAnswer,   ///< This is the outcome, good or bad.
  kReroute,  ///< The upstream never saw the request: another may, and it costs no upstream anything.
  kRetry,    ///< Another upstream may be tried, within the budget: the first has done work.
};

/// Reads change nothing, so whatever ends without an answer, or with one that says "not me, not now" (502,
/// 421, 503 with Retry-After), may be asked again. A 503 without Retry-After is a query that ran out of time:
/// asked again it would again.
///
/// Writes: a sample is unique by series and time, so storing one twice is harmless; it is still not free. And
/// of a body whose samples carry no time of their own (the JSON write allows it) a second copy would be a
/// second sample. So once a byte of a write has been handed over, silence is an unknown outcome, which goes
/// back to the sender, who alone knows whether to send again. Another upstream is tried only when the first
/// has certainly taken nothing: not a byte was sent, 421, or 503 with `X-Weir-Accepted: 0`.
Verdict judge(Surface surface, const net::UpstreamResult& result);

}  // namespace weir::gateway
