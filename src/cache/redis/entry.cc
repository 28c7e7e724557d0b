#include "cache/redis/entry.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace weir::cache::redis {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

std::string entry_name(TenantId tenant, std::string_view key) {
  return fmt::format("weir:c:{}:{:016x}", tenant.value(), stable_hash(key));
}

std::string encode(const Entry& entry) {
  std::string bytes;
  bytes.reserve(entry.key.size() + entry.value.size() + 40);
  ByteWriter writer(bytes);
  writer.u8(kVersion);
  writer.u64(entry.tenant);
  writer.text(entry.key);
  writer.u64(entry.writer);
  writer.varint(entry.expires_ms);
  writer.raw(entry.value);
  return bytes;
}

std::optional<Entry> decode(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kVersion) return std::nullopt;
  Entry entry{.tenant = reader.u64(), .key = reader.text(), .writer = reader.u64(), .value = {}};
  entry.expires_ms = reader.varint();
  entry.value = reader.raw(reader.remaining());
  if (!reader.ok()) return std::nullopt;
  return entry;
}

}  // namespace weir::cache::redis
