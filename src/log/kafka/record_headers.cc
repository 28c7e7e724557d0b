#include "log/kafka/record_headers.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace weir::log::kafka {
namespace {

std::optional<std::string_view> header(const rd_kafka_headers_t* headers, const char* name) {
  const void* value = nullptr;
  size_t size = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      value == nullptr)
    return std::nullopt;
  return std::string_view(static_cast<const char*>(value), size);
}

Error not_ours(const rd_kafka_message_t& message, std::string_view why) {
  return corruption(fmt::format("partition {}: the record at offset {} {}; it is passed over",
                                message.partition, message.offset, why));
}

}  // namespace

std::optional<TenantId> parse_tenant(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return TenantId::from_stored(value);
}

Result<Record> to_record(const rd_kafka_message_s& message) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return not_ours(message, "has no headers, so no tenant");
  const auto tenant_text = header(headers, kTenantHeader);
  if (!tenant_text) return not_ours(message, "has no header \"weir-tenant\"");
  const auto tenant = parse_tenant(*tenant_text);
  if (!tenant) return not_ours(message, "has a header \"weir-tenant\" that is no tenant id");
  if (message.len == 0) return not_ours(message, "is empty");
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t appended_ms = rd_kafka_message_timestamp(&message, &kind);
  return Record{*tenant,
                Offset(message.offset),
                {static_cast<const char*>(message.payload), message.len},
                header(headers, kTraceParentHeader).value_or(std::string_view()),
                std::max<int64_t>(0, appended_ms)};
}

}  // namespace weir::log::kafka
