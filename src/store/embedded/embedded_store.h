#pragma once

#include <memory>
#include <string>

#include "os/files.h"
#include "store/retention.h"
#include "store/store.h"
#include "telemetry/metrics.h"

namespace weir::store::embedded {

struct EmbeddedStoreOptions {
  /// Created if missing; one process at a time (the app holds the lock).
  std::string directory;
  /// Must equal the log's; kept in the manifest and checked. 1 to 4096.
  uint32_t partition_count = 4;
  /// Time range of a head window and of a fresh block; 1 s to 366 days. Blocks grow to 12 windows by merging.
  os::milliseconds window{2 * 60 * 60 * 1'000};
  /// A window is written to a block this long after its end.
  os::milliseconds out_of_order_window{60 * 60 * 1'000};
  /// Above it the oldest windows are written early; half as much again above it, commits are refused.
  uint64_t head_bytes_max = 1u << 30;
  /// Memory of exemplars in the head, for each partition; more are dropped until a window is written to a
  /// block. A series has at most 1,024 in a window besides.
  uint64_t head_exemplar_bytes_max = 16u << 20;
  /// 0 keeps everything; else older samples are refused, not shown, and their room comes back later.
  os::milliseconds retention{0};
  /// What each tenant's samples are kept for, if not null, in place of `retention`, which is then the longest
  /// of its answers (0 when one of them is). Outlives the store.
  const TenantRetention* tenant_retention = nullptr;
  /// All blocks are read again, and their checksums looked at, once in this time; 0 is never. Shorter costs
  /// the disk more, at most 32 MiB a second.
  os::milliseconds scrub_interval{7 * 24 * 60 * 60 * 1'000};
  /// How often the store looks for windows to write and blocks to merge.
  os::milliseconds maintenance_interval{5'000};
};

/// The embedded time-series engine. The log is its write-ahead log: a commit lives in memory (the head) until
/// its window is written to an immutable block, and `durable_offset` tells the log what it may forget. Safe
/// from any thread. Errors of `open`: kCorruption (names the file; nothing is deleted), kIo, kInvalidArgument
/// (options against the manifest).
Result<std::unique_ptr<Store>> open(const EmbeddedStoreOptions& options, os::FileSystem& files,
                                    os::Clock& clock, telemetry::Registry& registry);

}  // namespace weir::store::embedded
