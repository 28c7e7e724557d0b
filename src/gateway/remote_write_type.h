#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::gateway {

enum class RemoteWriteVersion : uint8_t {
  k1,  ///< prometheus.WriteRequest
  k2,  ///< io.prometheus.write.v2.Request
};

/// The version of remote write that a body of this Content-Type is: by the parameter `proto` of
/// `application/x-protobuf`, the full name of the message; 1.0 without it, or without a type at all. Type and
/// names of parameters compare without regard to case, values may be quoted (RFC 9110, 8.3.1 and 5.6.6).
/// Nothing for any other type, another message, and what is no media type.
std::optional<RemoteWriteVersion> remote_write_version(std::string_view content_type);

}  // namespace weir::gateway
