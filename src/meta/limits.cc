#include "meta/limits.h"

#include <fmt/format.h>

namespace weir::meta {
namespace {

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' || c == '-';
}

Status validate_size(std::string_view what, size_t size, size_t max) {
  if (size == 0) return invalid_argument(fmt::format("{}: empty", what));
  if (size > max) return invalid_argument(fmt::format("{}: {} bytes, limit {}", what, size, max));
  return {};
}

}  // namespace

Status validate_key(std::string_view what, std::string_view key) {
  RETURN_IF_ERROR(validate_size(what, key.size(), kKeyBytesMax));
  for (size_t i = 0; i < key.size(); ++i) {
    if (is_key_character(key[i])) continue;
    return invalid_argument(fmt::format("{}: byte 0x{:02x} at position {}, allowed are a-z 0-9 _ . / -", what,
                                        static_cast<unsigned char>(key[i]), i));
  }
  return {};
}

Status validate_document(std::string_view kind, std::string_view key) {
  RETURN_IF_ERROR(validate_key("document kind", kind));
  return validate_key("document key", key);
}

Status validate_body(std::string_view body) {
  if (body.size() <= kBodyBytesMax) return {};
  return invalid_argument(fmt::format("document body: {} bytes, limit {}", body.size(), kBodyBytesMax));
}

Status validate_lease(const LeaseRequest& request) {
  RETURN_IF_ERROR(validate_key("lease name", request.name));
  RETURN_IF_ERROR(validate_size("lease holder", request.holder.size(), kKeyBytesMax));
  if (request.ttl < os::milliseconds(1) || request.ttl > kLeaseTtlMax) {
    return invalid_argument(fmt::format("lease {}: time to live {} ms, allowed are 1 to {} ms", request.name,
                                        request.ttl.count(), kLeaseTtlMax.count()));
  }
  return {};
}

}  // namespace weir::meta
