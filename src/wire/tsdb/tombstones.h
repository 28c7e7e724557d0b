#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "base/result.h"
#include "model/time_range.h"

namespace weir::wire::tsdb {

/// What was deleted from a block of Prometheus but still lies in its chunks. Immutable; safe from any thread.
class Tombstones {
 public:
  /// Of a block without any.
  Tombstones() = default;
  /// Reads a `tombstones` file (tsdb/docs/format/tombstones.md). The bytes may be hostile. Errors:
  /// kCorruption; kUnsupported names the version.
  static Result<Tombstones> parse(std::string_view bytes);

  /// The deleted times of a series, sorted, apart from each other; empty when there are none.
  const std::vector<TimeRange>& of(uint64_t series_reference) const;

 private:
  absl::flat_hash_map<uint64_t, std::vector<TimeRange>> ranges_;
};

/// Whether one of `ranges`, which are sorted and apart, has `time_ms`.
bool is_deleted(const std::vector<TimeRange>& ranges, TimestampMs time_ms);

}  // namespace weir::wire::tsdb
