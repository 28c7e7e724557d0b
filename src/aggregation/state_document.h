#pragma once

#include <string>
#include <string_view>

#include "aggregation/partition_offsets.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace weir::aggregation {

/// How far an aggregation has come, as the catalogue keeps it: docs/formats/aggregation-documents.md. What it
/// says has been done; more may have been. A value.
struct Progress {
  TimestampMs began_ms = 0;     ///< Windows that ended up to this time are none of its.
  TimestampMs closed_ms = 0;    ///< The outputs of windows that ended up to this time are written.
  TimestampMs raw_from_ms = 0;  ///< Input samples before this time have been erased.
  /// By partition of the log: late samples in records before it have corrected what they touched.
  PartitionOffsets corrected;
  bool operator==(const Progress&) const = default;
};

/// The kind of its documents, by name of the aggregation.
inline constexpr std::string_view kProgressKind = "aggregation-progress";

std::string encode_progress(const Progress& progress);
/// kCorruption names what is wrong; kUnsupported for a version that this program does not know.
Result<Progress> decode_progress(std::string_view text);

}  // namespace weir::aggregation
