#pragma once

#include <memory>
#include <string>

#include "log/log.h"
#include "os/files.h"
#include "telemetry/metrics.h"

namespace weir::log::embedded {

struct EmbeddedLogOptions {
  std::string directory;         ///< Created if missing; one process at a time (the app holds the lock).
  uint32_t partition_count = 4;  ///< Used when the log is created; an existing log keeps its own.
  uint64_t segment_bytes = 64u << 20;  ///< Files are preallocated at this size.
  size_t record_bytes_max = 16u << 20;
  uint64_t queue_bytes_max = 64u << 20;  ///< Waiting for the disk; beyond it appends are refused.
  uint64_t tail_cache_bytes =
      64u << 20;  ///< Newest records kept in memory, so that readers do not touch the disk.
  /// Of decoded records on their way to a reader; beyond it readers decode by themselves. 0: always.
  uint64_t decoded_bytes_max = 64u << 20;
  /// Frames that a reader may have to look through before the one that it wants, for the definitions of its
  /// series; with many series it is more. Smaller means more definitions.
  uint64_t group_bytes_min = 4u << 20;
  size_t record_decoded_bytes_max = 64u << 20;  ///< What one record may decode to when a reader decodes it.
  uint64_t free_bytes_min =
      1u << 30;  ///< With less free space appends are refused; they resume above 1.5 times it.
};

/// What recovery found; for the start-up log line and metrics.
struct RecoveryReport {
  uint64_t segments = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t torn_bytes = 0;     ///< Unacknowledged tail that was cut.
  uint64_t corrupt_bytes = 0;  ///< Damaged ranges that were set aside; good records around them are kept.
};

/// The embedded journal: all partitions share one sequence of segment files, so that one fdatasync covers
/// every waiting append. docs/formats/journal.md has the bytes. Errors: kCorruption, kIo, kUnsupported
/// (format version).
Result<std::unique_ptr<Log>> open(const EmbeddedLogOptions& options, os::FileSystem& files, os::Clock& clock,
                                  telemetry::Registry& registry, RecoveryReport& report);

}  // namespace weir::log::embedded
