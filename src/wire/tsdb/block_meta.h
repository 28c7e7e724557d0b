#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::wire::tsdb {

/// What the `meta.json` of a block of Prometheus says of it.
struct BlockMeta {
  std::string ulid;
  TimestampMs mint_ms = 0;
  TimestampMs end_ms = 0;            ///< One past the last time.
  uint64_t samples = 0;              ///< Deleted ones included; 0 when it does not say.
  uint64_t series = 0;               ///< The same.
  std::vector<std::string> parents;  ///< ULIDs of the blocks that this one was made of and replaces.
};

/// The bytes may be hostile. Errors: kCorruption; kUnsupported names the version.
Result<BlockMeta> parse_block_meta(std::string_view json);

}  // namespace weir::wire::tsdb
