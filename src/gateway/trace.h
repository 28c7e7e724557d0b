#pragma once

#include <string>
#include <string_view>

#include "net/http.h"
#include "os/random.h"

namespace weir::gateway {

/// True for a W3C `traceparent` that may be passed on: version, trace id, parent id and flags in lower-case
/// hexadecimal, neither id all zero, the version not ff.
bool is_traceparent(std::string_view text);

/// A new trace, not sampled: this process records no spans.
std::string make_traceparent(os::Random& random);

/// The client's `X-Request-Id` when it has 1 to 128 letters, digits and "-_.:+/=", else a new one of 16
/// hexadecimal digits: the text ends up in logs.
std::string request_id(const net::Headers& headers, os::Random& random);

}  // namespace weir::gateway
