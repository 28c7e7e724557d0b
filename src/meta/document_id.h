#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "model/sample.h"
#include "model/tenant_id.h"

/// What the implementations of the catalogue pass to their SQL. Views live for the call.
namespace weir::meta {

/// Whose document, of what kind and which one.
struct DocumentId {
  TenantId tenant;
  std::string_view kind;
  std::string_view key;
};

struct NewDocument {
  DocumentId id;
  std::string_view body;
  std::optional<uint64_t> if_version;
  TimestampMs now_ms = 0;
};

/// kAlreadyExists, naming the version that is there, unless `current` (0: the document is absent) is the
/// `expected` one; any is when none is expected.
Status check_version(const DocumentId& id, uint64_t current, std::optional<uint64_t> expected);

}  // namespace weir::meta
