#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/tenant_id.h"

namespace weir::cache::redis {

/// Where an entry is kept: `weir:c:7:9e3779b97f4a7c15`, the tenant's id and a hash of the key, so that names
/// are short whatever the key is.
std::string entry_name(TenantId tenant, std::string_view key);

/// What is kept there: everything needed to tell that it is what the reader asked for.
///
///     u8 version (1), u64 tenant, text key, u64 writer, varint expires_ms, the value's bytes up to the end
///
/// Little endian, `text` and `varint` as ByteWriter has them. It lives as long as the cache does: a reader
/// that meets another version takes the entry as absent.
struct Entry {
  uint64_t tenant = 0;  ///< To compare with; no right follows from stored bytes.
  std::string_view key;
  uint64_t writer = 0;      ///< Which cache object put it.
  uint64_t expires_ms = 0;  ///< By the writer's steady clock, which nobody else can read.
  std::string_view value;
};

std::string encode(const Entry& entry);
/// Nothing when the bytes are no entry. Views live as long as `bytes`.
std::optional<Entry> decode(std::string_view bytes);

}  // namespace weir::cache::redis
