#pragma once

#include <optional>
#include <string_view>

#include "log/log.h"

struct rd_kafka_message_s;

namespace weir::log::kafka {

inline constexpr char kTenantHeader[] = "weir-tenant";  ///< Decimal.
inline constexpr char kContentTypeHeader[] = "content-type";
inline constexpr char kTraceParentHeader[] = "traceparent";  ///< W3C Trace Context.

/// A trace context is 55 bytes today; what is longer than this is left out, and the record goes without.
inline constexpr size_t kTraceParentBytesMax = 128;

/// A tenant's id as the header has it: digits alone, no sign, no space.
std::optional<TenantId> parse_tenant(std::string_view text);

/// A message as a record, whose views live as long as the message. kCorruption, naming partition and offset,
/// when it has no tenant that can be read, or no payload: nothing that Weir appended.
Result<Record> to_record(const rd_kafka_message_s& message);

}  // namespace weir::log::kafka
