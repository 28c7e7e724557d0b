#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/result.h"
#include "schema/registry_client.h"

/// Confluent's wire format: byte 0, the schema id as 4 bytes big-endian, then the record.
namespace weir::schema {

inline constexpr size_t kFrameBytes = 5;

inline void append_frame(SchemaId id, std::string& out) {
  out.push_back('\0');
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(id.value() >> shift));
}

struct Framed {
  SchemaId id;
  std::string_view body;  ///< A view on the payload.
};

/// kCorruption when the payload is not framed so.
inline Result<Framed> read_frame(std::string_view payload) {
  if (payload.size() < kFrameBytes) {
    return corruption(fmt::format("record: {} bytes are too few for a schema id", payload.size()));
  }
  if (payload[0] != '\0') {
    return corruption(fmt::format("record: begins with byte {:#04x}, not with 0 and a schema id",
                                  static_cast<uint8_t>(payload[0])));
  }
  uint32_t id = 0;
  for (size_t i = 1; i < kFrameBytes; ++i) id = id << 8 | static_cast<uint8_t>(payload[i]);
  return Framed{SchemaId(id), payload.substr(kFrameBytes)};
}

}  // namespace weir::schema
