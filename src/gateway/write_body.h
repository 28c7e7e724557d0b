#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace weir::gateway {

/// The body of a write as `Content-Encoding` says it is: as it came, or gunzipped into `storage`. The view
/// lives as long as both.
/// Errors: kUnsupported (another encoding: 415), kResourceExhausted (more than `decoded_bytes_max` bytes:
/// 413), kInvalidArgument (not gzip).
Result<std::string_view> plain_or_gzip(const net::HttpRequest& request, size_t decoded_bytes_max,
                                       std::string& storage);

}  // namespace weir::gateway
