#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "log/log.h"
#include "os/clock.h"
#include "store/store.h"
#include "stream/dead_letters.h"
#include "stream/tenant_lags.h"
#include "telemetry/metrics.h"
#include "wire/record_codec.h"

namespace weir::stream {

struct ProcessorOptions {
  size_t poll_bytes_max = 4u << 20;      ///< Records taken from the log at once.
  size_t decoded_bytes_max = 64u << 20;  ///< Bound on one record after decoding.
  os::milliseconds poll_wait{1'000};     ///< Longest wait for a record; only bounds how soon idle work runs.
  os::milliseconds trim_interval{10'000};  ///< How often the log is told what the store no longer needs.
  os::milliseconds commit_timeout{10'000};
  os::milliseconds decode_timeout{5'000};  ///< For what a codec must ask others for.
  os::milliseconds fenced_wait{1'000};
};

/// What a partition has applied: queries see it from now on.
struct AppliedRecords {
  PartitionId partition;
  Offset from{0};  ///< All records from here to `next` are among them, as far as they hold samples.
  Offset next{0};
  std::span<const store::AppliedRecord> records;
  bool caught_up = false;  ///< The log held no more when the partition was taken over.
};

class LateTable;

/// What a processor works on. All outlive it.
struct ProcessorParts {
  log::Log& log;
  const wire::RecordCodec& codec;  ///< Of the log's records.
  store::Store& store;
  DeadLetters& dead_letters;        ///< Gets the records that cannot be decoded or applied.
  LateTable* late_table = nullptr;  ///< Gets the samples that retention has passed; may be null.
  /// Told from the partitions' threads, which wait for it. May be empty.
  std::function<void(const AppliedRecords& applied)> on_applied = {};
  /// The first record of a partition that somebody else still needs from the log; nullopt where nobody does.
  /// May be empty.
  std::function<std::optional<Offset>(PartitionId partition)> needed_from = {};
};

struct PartitionProgress {
  PartitionId partition;
  Offset applied{0};             ///< One past the last record applied.
  Offset end{0};                 ///< One past the last durable record of the log.
  uint64_t records_refused = 0;  ///< Set aside as dead letters.

  /// Durable records that queries do not see yet.
  int64_t lag() const { return std::max<int64_t>(0, end.value() - applied.value()); }
};

/// Applies the log to the store: one thread for each partition that this process is assigned, each reading,
/// decoding and committing in order; what fails is tried again from the store's own offset, with delays from
/// 10 ms to 1 s. Fenced by another process, a partition rests for `fenced_wait` and is then taken back if it
/// is still assigned here: while a group settles, a former owner may have taken the lease last. Safe from any
/// thread.
class Processor {
 public:
  /// `clock` and `registry` outlive the processor.
  Processor(const ProcessorParts& parts, const ProcessorOptions& options, os::Clock& clock,
            telemetry::Registry& registry);
  ~Processor();

  /// Joins the group; assigned partitions start at once.
  Status start();
  /// Finishes the commits in flight and leaves the group.
  void stop();

  /// True once every partition has applied what was in the log when it was taken over.
  bool caught_up() const;
  std::vector<PartitionProgress> progress() const;
  std::vector<TenantLag> tenant_lags() const;
  /// Queries see all that was appended to the partitions of this process up to this time. It lies as far back
  /// as records have waited of late, 50 ms at least, so that what the log is about to make durable counts
  /// too. nullopt while a partition has not yet applied what was in the log when it was taken over.
  std::optional<TimestampMs> complete_ms() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::stream
