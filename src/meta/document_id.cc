#include "meta/document_id.h"

#include <fmt/format.h>

namespace weir::meta {

Status check_version(const DocumentId& id, uint64_t current, std::optional<uint64_t> expected) {
  if (!expected || *expected == current) return {};
  if (current == 0) {
    return already_exists(fmt::format("{} {}: is absent, expected version {}", id.kind, id.key, *expected));
  }
  if (*expected == 0)
    return already_exists(fmt::format("{} {}: exists with version {}", id.kind, id.key, current));
  return already_exists(
      fmt::format("{} {}: has version {}, expected {}", id.kind, id.key, current, *expected));
}

}  // namespace weir::meta
